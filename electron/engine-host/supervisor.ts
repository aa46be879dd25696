import { z } from 'zod';
import { asHeadroomError, HeadroomError } from '../../engine/contract/errors.ts';
import type { RunEvent } from '../../engine/contract/events.ts';
import type { EngineMemory } from '../../engine/contract/memory.ts';
import { type NodeDescriptor, zNodeDescriptor } from '../../engine/contract/node.ts';
import type { EngineEvents, EngineMethods, EngineOptions, RunRequest } from '../../engine/contract/protocol.ts';
import type { EngineStatus } from '../ipc/contract.ts';
import { type Dispose, Emitter } from '../lifetime.ts';
import { EngineConnection } from './connection.ts';
import { describeExit, endProcess } from './ending.ts';
import type { EngineLog } from './engine-log.ts';
import type { EngineProcess, EngineStarter } from './process.ts';
import { RestartPolicy } from './restart-policy.ts';
import { Watchdog } from './watchdog.ts';

/** Loading onnxruntime and its GPU libraries from a cold disk. */
const START_LEASE = { what: 'start', expectedMs: 60_000 } as const;

/** A running engine is no more. */
export interface EngineLoss {
  /** Words that follow "because": what happened to it. */
  reason: string;
  /** The person asked for it, so it says nothing about the job that was running. */
  requested: boolean;
}

/** One engine process with the watch over it. */
interface Session {
  connection: EngineConnection;
  watchdog: Watchdog;
  lease: Extract<EngineStatus, { state: 'busy' }>['lease'];
  busySince: number;
  runs: number;
}

/**
 * Keeps one engine running: starts it, notices when it crashes or hangs, starts it again, gives up with a reason when that
 * does not help, and tries anew when the person says so. Knows nothing of Electron.
 */
export class EngineSupervisor {
  readonly onStatus = new Emitter<EngineStatus>();
  readonly onNodes = new Emitter<NodeDescriptor[]>();
  readonly onLost = new Emitter<EngineLoss>();
  readonly onRunEvent = new Emitter<Parameters<EngineEvents['onRunEvent']>[0]>();
  readonly onMemory = new Emitter<EngineMemory>();
  private readonly starter: EngineStarter;
  private readonly readOptions: () => EngineOptions;
  private readonly log: EngineLog;
  private readonly policy = new RestartPolicy();
  private session: Session | null = null;
  /** What the latest engine was told when it started. */
  private startedWith: EngineOptions | null = null;
  private pendingStart: Dispose | null = null;
  private restarting: Promise<void> | null = null;
  private currentStatus: EngineStatus = { state: 'stopped' };
  private knownNodes: NodeDescriptor[] = [];

  /** @param readOptions asked at every start, since settings change */
  constructor(starter: EngineStarter, readOptions: () => EngineOptions, log: EngineLog) {
    this.starter = starter;
    this.readOptions = readOptions;
    this.log = log;
  }

  get status(): EngineStatus {
    return this.currentStatus;
  }

  /** Kept over restarts; empty until the engine was ready once. */
  get nodes(): NodeDescriptor[] {
    return this.knownNodes;
  }

  start(): void {
    if (!this.session && !this.pendingStart) this.launch(1);
  }

  /** Ends the engine whatever it does, a run or a hang included, and starts it again with a clean record. */
  restart(reason = 'it was restarted by hand'): Promise<void> {
    this.restarting ??= this.endAndLaunch(reason).finally(() => {
      this.restarting = null;
    });
    return this.restarting;
  }

  /** Ends the engine for good. */
  async stop(): Promise<void> {
    this.cancelPendingStart();
    const session = this.session;
    this.setStatus({ state: 'stopped' });
    if (session) await this.end(session, { reason: 'Headroom was closed', requested: true });
  }

  /**
   * Settings may have changed: an engine that is idle, or that was given up, is started anew with them, a busy one when its
   * work is done.
   */
  refresh(): void {
    const { state } = this.currentStatus;
    if ((state === 'ready' || state === 'failed') && !this.hasCurrentOptions()) {
      void this.restart('the settings were changed');
    }
  }

  /**
   * Calls the engine as soon as it is ready.
   * @throws HeadroomError `engine` where it is given up or is lost before it answers, else what the engine threw
   */
  async call<Name extends Exclude<keyof EngineMethods, 'initialise' | 'run'>>(
    name: Name,
    ...parameters: Parameters<EngineMethods[Name]>
  ): Promise<Awaited<ReturnType<EngineMethods[Name]>>> {
    const session = await this.readySession();
    return await session.connection.call(name, ...parameters);
  }

  /** Starts a run and waits for its end; the engine counts as busy meanwhile. Errors as for `call`. */
  async run(request: RunRequest): Promise<void> {
    const session = await this.readySession();
    session.runs += 1;
    session.busySince = Date.now();
    this.showActivity(session);
    try {
      await session.connection.call('run', request);
    } finally {
      session.runs -= 1;
      this.showActivity(session);
    }
  }

  async cancel(runId: string): Promise<void> {
    await this.call('cancel', runId);
  }

  private async endAndLaunch(reason: string): Promise<void> {
    this.cancelPendingStart();
    this.policy.reset();
    const session = this.session;
    this.log.add('info', `Restarting the engine: ${reason}`);
    this.setStatus({ state: 'restarting', reason, attempt: 1, at: Date.now() });
    if (session) await this.end(session, { reason, requested: true });
    // Stopped or started by someone else while the old process ended.
    if (this.currentStatus.state === 'restarting' && !this.session && !this.pendingStart) this.launch(1);
  }

  private launch(attempt: number): void {
    this.pendingStart = null;
    this.setStatus({ state: 'starting', attempt });
    let process: EngineProcess;
    try {
      process = this.starter.start();
    } catch (error) {
      this.log.add('error', `The engine cannot be started: ${asHeadroomError(error).message}`);
      this.startAgain(`it cannot be started: ${asHeadroomError(error).message}`, false);
      return;
    }
    const session = this.openSession(process);
    this.session = session;
    this.startedWith = this.readOptions();
    session.connection.initialise(this.startedWith).then(
      (description) => this.becomeReady(session, description),
      (error) => {
        // An engine that is alive and says why it cannot start will say so again.
        if (this.session === session) this.giveUp(session, asHeadroomError(error).message);
      },
    );
  }

  private openSession(process: EngineProcess): Session {
    const connection = new EngineConnection(process, this.log);
    const watchdog = new Watchdog(
      {
        ping: () => void connection.call('ping').catch(() => {}),
        hung: (reason) => this.lose(session, reason),
      },
      START_LEASE,
    );
    const session: Session = {
      connection,
      watchdog,
      lease: null,
      busySince: Date.now(),
      runs: 0,
    };
    // These listeners hang on the connection's own emitters and go with it.
    connection.onHeard.listen(() => watchdog.heard());
    connection.onLease.listen((lease) => {
      watchdog.setLease(lease);
      session.lease = lease;
      session.busySince = Date.now();
      this.showActivity(session);
    });
    connection.onRunEvent.listen((payload) => {
      if (isWorkDone(payload.event)) this.policy.reset();
      this.onRunEvent.emit(payload);
    });
    connection.onMemory.listen((memory) => this.onMemory.emit(memory));
    connection.onUnusable.listen(({ reason }) => this.lose(session, reason));
    connection.onExit.listen((exit) => this.lose(session, describeExit(exit, connection.lastWords)));
    return session;
  }

  private becomeReady(session: Session, description: { nodes: unknown }): void {
    if (this.session !== session) return;
    const nodes = z.array(zNodeDescriptor).safeParse(description.nodes);
    if (!nodes.success) {
      this.giveUp(session, `it describes its nodes in a wrong form: ${nodes.error.message}`);
      return;
    }
    this.knownNodes = nodes.data;
    this.onNodes.emit(nodes.data);
    session.watchdog.setLease(session.lease);
    this.showActivity(session);
  }

  /** `ready` or `busy`, from what the session knows. */
  private showActivity(session: Session): void {
    const { connection, lease, runs, busySince: since } = session;
    const pid = connection.process.pid;
    if (this.session !== session || !connection.description || pid === undefined) return;
    const { device, runtime } = connection.description;
    if (lease || runs > 0) {
      this.setStatus({ state: 'busy', pid, device, runtime, lease, since });
    } else if (this.hasCurrentOptions()) {
      this.setStatus({ state: 'ready', pid, device, runtime });
    } else {
      void this.restart('the settings were changed');
    }
  }

  /** A session ended by itself, or hangs: end what is left of it and start the next. */
  private lose(session: Session, reason: string): void {
    if (this.session !== session) return;
    const wasReady = session.connection.description !== null;
    this.log.add('error', `The engine was lost: ${reason}`);
    void this.end(session, { reason, requested: false });
    this.startAgain(reason, wasReady);
  }

  private startAgain(reason: string, wasReady: boolean): void {
    const next = this.policy.next(wasReady);
    if (!next) {
      this.setStatus({ state: 'failed', reason });
      return;
    }
    const at = Date.now() + next.delayMs;
    this.setStatus({ state: 'restarting', reason, attempt: next.attempt, at });
    const timer = setTimeout(() => this.launch(next.attempt + 1), next.delayMs);
    this.pendingStart = () => clearTimeout(timer);
  }

  private giveUp(session: Session, reason: string): void {
    this.log.add('error', `The engine cannot work: ${reason}`);
    void this.end(session, { reason, requested: false });
    this.setStatus({ state: 'failed', reason });
  }

  private async end(session: Session, loss: EngineLoss): Promise<void> {
    this.session = null;
    session.watchdog.dispose();
    session.connection.close(new HeadroomError('engine', `The engine was lost: ${loss.reason}.`));
    this.onLost.emit(loss);
    const ended = await endProcess(session.connection.process);
    if (!ended)
      this.log.add('error', `Engine process ${session.connection.process.pid} does not end; it was left behind`);
  }

  private cancelPendingStart(): void {
    this.pendingStart?.();
    this.pendingStart = null;
  }

  private hasCurrentOptions(): boolean {
    return JSON.stringify(this.startedWith) === JSON.stringify(this.readOptions());
  }

  private readySession(): Promise<Session> {
    return new Promise((resolve, reject) => {
      const settle = (): boolean => {
        const { session, currentStatus: status } = this;
        if (session?.connection.description) resolve(session);
        else if (status.state === 'failed')
          reject(new HeadroomError('engine', `The engine does not run: ${status.reason}`));
        else if (status.state === 'stopped') reject(new HeadroomError('engine', 'The engine is not running.'));
        else return false;
        return true;
      };
      if (settle()) return;
      const stop = this.onStatus.listen(() => {
        if (settle()) stop();
      });
    });
  }

  private setStatus(status: EngineStatus): void {
    this.currentStatus = status;
    this.onStatus.emit(status);
  }
}

/** An engine that gets work done between two losses is one that a restart does mend. */
function isWorkDone(event: RunEvent): boolean {
  return (event.type === 'row' || event.type === 'done') && event.state === 'done';
}
