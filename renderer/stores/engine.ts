import { create } from 'zustand';
import type { EngineStatus } from '../../electron/ipc/contract.ts';
import type { EngineMemory } from '../../engine/contract/memory.ts';
import type { NodeDescriptor } from '../../engine/contract/node.ts';
import type { LogLine } from '../../engine/contract/protocol.ts';

/** Lines that are kept for the log panel; the oldest go first. */
export const LOG_LIMIT = 5000;

interface EngineState {
  status: EngineStatus;
  /** Every node type; empty until the engine first said hello, and kept when it is restarted. */
  nodes: NodeDescriptor[];
  /** The engine's own account of memory; null while it has none to give. */
  memory: EngineMemory | null;
  log: LogLine[];
  /** The person pressed Restart engine: what follows is no surprise. */
  restartExpected: boolean;
}

export const useEngine = create<EngineState>()(() => ({
  status: { state: 'starting', attempt: 1 },
  nodes: [],
  memory: null,
  log: [],
  restartExpected: false,
}));

export function setEngineStatus(status: EngineStatus): void {
  // A dead process holds nothing: its last account would be a lie.
  const alive = status.state === 'ready' || status.state === 'busy';
  useEngine.setState((state) => ({
    status,
    memory: alive ? state.memory : null,
    restartExpected: state.restartExpected && !endsRestart(status, state.status),
  }));
}

/** Whether a status is the end of a restart: another process, or none any more. */
function endsRestart(status: EngineStatus, before: EngineStatus): boolean {
  if (status.state === 'failed') return true;
  return 'pid' in status && !('pid' in before && before.pid === status.pid);
}

export function setNodeDescriptors(nodes: NodeDescriptor[]): void {
  useEngine.setState({ nodes });
}

export function setEngineMemory(memory: EngineMemory): void {
  useEngine.setState({ memory });
}

/** Adds lines. The log that was there before the window holds some that are told as news too: they are taken once. */
export function addLog(lines: readonly LogLine[]): void {
  const { log } = useEngine.getState();
  const isNews = (lines[0]?.time ?? 0) > (log.at(-1)?.time ?? 0);
  useEngine.setState({ log: (isNews ? [...log, ...lines] : mergeLines(log, lines)).slice(-LOG_LIMIT) });
}

function mergeLines(log: readonly LogLine[], lines: readonly LogLine[]): LogLine[] {
  const byContent = new Map([...log, ...lines].map((line) => [`${line.time} ${line.level} ${line.message}`, line]));
  return [...byContent.values()].sort((a, b) => a.time - b.time);
}

export function expectRestart(): void {
  useEngine.setState({ restartExpected: true });
}

export function clearLog(): void {
  useEngine.setState({ log: [] });
}

/** The descriptor of a node type, or undefined while the engine is starting and for a type that it does not have. */
export function useNodeDescriptor(type: string): NodeDescriptor | undefined {
  return useEngine((state) => state.nodes.find((node) => node.type === type));
}
