import { HeadroomError } from '../../../engine/contract/errors.ts';
import type { RunEvent } from '../../../engine/contract/events.ts';
import type { RunRequest } from '../../../engine/contract/protocol.ts';
import type { EngineLoss } from '../../engine-host/supervisor.ts';
import type { EngineStatus } from '../../ipc/contract.ts';
import { Emitter } from '../../lifetime.ts';
import type { QueueEngine } from '../queue.ts';

const busy = { state: 'busy', pid: 2, device: 'cpu', runtime: '', lease: null, since: 0 } as const;
const ready = { state: 'ready', pid: 2, device: 'cpu', runtime: '' } as const;
const microtasks = () => new Promise((resolve) => setImmediate(resolve));

/** An engine whose runs end when the test says so. */
export class StandInEngine implements QueueEngine {
  status: EngineStatus = ready;
  onStatus = new Emitter<EngineStatus>();
  onLost = new Emitter<EngineLoss>();
  onRunEvent = new Emitter<{ runId: string; event: RunEvent }>();
  requests: RunRequest[] = [];
  cancelled: string[] = [];
  private settle: { resolve: () => void; reject: (error: Error) => void } | null = null;

  run(request: RunRequest): Promise<void> {
    this.requests.push(request);
    this.become(busy);
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
  }

  async cancel(runId: string) {
    this.cancelled.push(runId);
  }

  tell(event: RunEvent): void {
    this.onRunEvent.emit({ runId: this.requests.at(-1)!.runId, event });
  }

  async end(state: 'done' | 'failed' | 'cancelled'): Promise<void> {
    this.tell({ type: 'done', state, images: 1, seconds: 1 });
    this.settle?.resolve();
    await microtasks();
    this.become(ready);
    await microtasks();
  }

  async refuse(error: Error): Promise<void> {
    this.settle?.reject(error);
    await microtasks();
    this.become(ready);
  }

  /** In the order of the supervisor: pending calls rejected, the loss told, then the next engine. */
  async lose(requested = false, reason = 'its process crashed (SIGSEGV)\nlast words'): Promise<void> {
    this.settle?.reject(new HeadroomError('engine', 'lost'));
    this.onLost.emit({ reason, requested });
    this.become({ state: 'restarting', reason, attempt: 1, at: 0 });
    await microtasks();
    this.become(ready);
    await microtasks();
  }

  private become(status: EngineStatus): void {
    this.status = status;
    this.onStatus.emit(status);
  }
}
