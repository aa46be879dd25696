// The real engine as a child process that can be killed: `engine/host/main.ts` without Electron around it, and with its memory
// at the mercy of the drill.
import type { Engine } from '../../engine/host/engine.ts';
import { openEngine } from '../../engine/host/open.ts';
import { serveEngine } from '../../engine/host/server.ts';
import { type MemoryFault, MemoryPressure } from './memory-pressure.ts';

let pressure: MemoryPressure | undefined;
const faults: MemoryFault[] = [];

const isFault = (message: unknown): message is { fault: MemoryFault } =>
  typeof message === 'object' && message !== null && 'fault' in message;

function applyFaults(): void {
  if (pressure) for (const fault of faults.splice(0)) pressure.apply(fault);
}

const openUnderPressure: typeof openEngine = async (options, hooks) => {
  let resident = 0;
  const engine = await openEngine(options, {
    ...hooks,
    onMemory(memory) {
      resident = memory.ledger.filter((entry) => entry.resident).length;
      hooks.onMemory(memory);
    },
    onLease(lease) {
      hooks.onLease(lease);
      if (lease) pressure?.beforeRun(resident);
    },
  });
  pressure = await MemoryPressure.open();
  applyFaults();
  const run: Engine['run'] = (request, control) =>
    engine.run(request, {
      ...control,
      onEvent(event) {
        if (event.type === 'row') pressure?.rowBegins();
        if (event.type === 'recovery') pressure?.ease();
        control.onEvent(event);
      },
    });
  return { ...engine, run };
};

serveEngine(
  {
    post: (message) => void process.send?.(message),
    listen: (listener) =>
      process.on('message', (message) => {
        if (!isFault(message)) return listener(message);
        faults.push(message.fault);
        applyFaults();
      }),
  },
  openUnderPressure,
);
process.on('disconnect', () => process.exit());
