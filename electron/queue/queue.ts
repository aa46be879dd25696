import { randomUUID } from 'node:crypto';
import { asHeadroomError, HeadroomError } from '../../engine/contract/errors.ts';
import type { EngineError, ImageResult, RowResult, RunEvent } from '../../engine/contract/events.ts';
import type { EngineEvents, RunRequest } from '../../engine/contract/protocol.ts';
import type { Workflow } from '../../engine/contract/workflow.ts';
import type { EngineLoss } from '../engine-host/supervisor.ts';
import type { EngineStatus, EventPayload, Job, ShownImage } from '../ipc/contract.ts';
import { Emitter } from '../lifetime.ts';
import type { PictureRegistry } from '../pictures.ts';
import { afterLoss, requeued } from './resume.ts';
import { endedRows, rowsToRetry, summaryOf, withRow } from './rows.ts';
import { isFinished, type Journal, type StoredJob } from './stored-job.ts';

/** Finished jobs beyond this are forgotten, oldest first; their saved pictures stay in the results folder. */
const KEPT_FINISHED = 100;

/** What the queue needs of the engine's supervisor. */
export interface QueueEngine {
  readonly status: EngineStatus;
  readonly onStatus: Emitter<EngineStatus>;
  readonly onLost: Emitter<EngineLoss>;
  readonly onRunEvent: Emitter<Parameters<EngineEvents['onRunEvent']>[0]>;
  run(request: RunRequest): Promise<void>;
  cancel(runId: string): Promise<void>;
}

interface Entry {
  stored: StoredJob;
  images: ShownImage[];
  /** The person asked it to stop; losing the engine then ends it too. */
  cancelling: boolean;
}

/**
 * Runs jobs one after the other and survives the loss of the engine and of the app: every change is in the journal before
 * the next thing happens.
 */
export class JobQueue {
  readonly onChange = new Emitter<Job[]>();
  readonly onRunEvent = new Emitter<EventPayload<'run:event'>>();
  private readonly engine: QueueEngine;
  private readonly pictures: PictureRegistry;
  private readonly save: (journal: Journal) => void;
  private entries: Entry[];
  private closed = false;

  /**
   * @param jobs what the journal of the last session held
   * @param save keeps a journal; told of every change
   */
  constructor(engine: QueueEngine, pictures: PictureRegistry, jobs: StoredJob[], save: (journal: Journal) => void) {
    this.engine = engine;
    this.pictures = pictures;
    this.save = save;
    this.entries = jobs.map((stored) => this.entryOf(stored));
    engine.onLost.listen((loss) => this.afterLoss(loss));
    engine.onRunEvent.listen(({ runId, event }) => this.take(runId, event));
    engine.onStatus.listen(() => this.startNext());
  }

  /** In the order in which they run; finished ones first. */
  get jobs(): Job[] {
    return this.entries.map(shown);
  }

  add(workflow: Workflow): Job {
    const stored: StoredJob = {
      id: randomUUID(),
      name: workflow.name || 'Untitled',
      state: 'queued',
      attempts: 0,
      createdAt: Date.now(),
      startedAt: null,
      finishedAt: null,
      images: [],
      error: null,
      note: null,
      workflow,
      losses: 0,
      table: null,
    };
    const entry = this.entryOf(stored);
    this.entries.push(entry);
    this.changed();
    this.startNext();
    return shown(entry);
  }

  /** Puts a finished job's workflow at the end of the queue as a new job. */
  retry(jobId: string): Job {
    const { stored } = this.find(jobId);
    if (!isFinished(stored)) throw new HeadroomError('input', 'This job is not over yet.');
    return this.add(stored.workflow);
  }

  /** Puts a finished job's rows that are not done at the end of the queue, as the same job: what is done stays. */
  retryRows(jobId: string): Job {
    const entry = this.find(jobId);
    const { stored } = entry;
    if (!isFinished(stored)) throw new HeadroomError('input', 'This job is not over yet.');
    entry.stored = rowsToRetry(stored);
    this.entries = [...this.entries.filter((other) => other !== entry), entry];
    this.changed();
    this.startNext();
    return shown(entry);
  }

  rowsOf(jobId: string): RowResult[] {
    return this.find(jobId).stored.table?.ended ?? [];
  }

  /** A waiting job is taken out at once; a running one stops after its current step. */
  async cancel(jobId: string): Promise<void> {
    const entry = this.find(jobId);
    if (entry.stored.state === 'queued') this.finish(entry, 'cancelled');
    if (entry.stored.state !== 'running') return;
    entry.cancelling = true;
    // Lost before it could answer: the loss ends the job.
    await this.engine.cancel(jobId).catch(() => {});
  }

  clearFinished(): void {
    this.forget(this.entries.filter(({ stored }) => isFinished(stored)));
    this.changed();
  }

  /** Headroom ends: a running job is left for the next start, and that is not its fault. */
  close(): void {
    this.closed = true;
    const running = this.running;
    if (running) running.stored = requeued(running.stored, 'Headroom was closed');
    this.changed();
  }

  /** Starts the first waiting job if the engine is free. Called whenever that may have become true. */
  startNext(): void {
    if (this.closed || this.running || this.engine.status.state !== 'ready') return;
    const entry = this.entries.find(({ stored }) => stored.state === 'queued');
    if (entry) void this.start(entry);
  }

  private get running(): Entry | undefined {
    return this.entries.find(({ stored }) => stored.state === 'running');
  }

  private async start(entry: Entry): Promise<void> {
    const { stored } = entry;
    const kept = new Set(stored.table?.ended.flatMap(({ images }) => images));
    this.keepImages(entry, kept);
    const images = stored.images.filter(({ path }) => kept.has(path));
    entry.stored = { ...stored, state: 'running', attempts: stored.attempts + 1, startedAt: Date.now(), images };
    this.changed();
    try {
      await this.engine.run({ runId: stored.id, workflow: stored.workflow, ...endedRows(stored) });
      // The `done` event has told the outcome; a run that ended without one did not do its work.
      if (entry.stored.state === 'running') this.finish(entry, 'failed', NO_OUTCOME);
    } catch (error) {
      // Losing the engine was dealt with when it was lost; what remains is a run that the engine refused.
      if (entry.stored.state === 'running') this.finish(entry, 'failed', asEngineError(error));
    }
    this.startNext();
  }

  private take(runId: string, event: RunEvent): void {
    const entry = this.running;
    if (entry?.stored.id !== runId) return;
    if (event.type === 'error') entry.stored = { ...entry.stored, error: event.error };
    if (event.type === 'row') {
      entry.stored = withRow(entry.stored, event);
      this.changed();
    }
    const image = event.type === 'image' ? this.addImage(entry, event.image) : undefined;
    // The engine knows of the pictures of this attempt only.
    const whole = event.type === 'done' ? { ...event, images: entry.stored.images.length } : event;
    this.onRunEvent.emit({ jobId: runId, event: whole, image });
    if (event.type === 'start') this.tellKept(entry);
    if (event.type === 'done') this.finish(entry, event.state);
  }

  private addImage(entry: Entry, image: ImageResult): ShownImage {
    const url = this.pictures.register(image.path);
    const shownImage = { ...image, url };
    entry.images.push(shownImage);
    entry.stored = { ...entry.stored, images: [...entry.stored.images, image] };
    this.changed();
    return shownImage;
  }

  private afterLoss({ reason, requested }: EngineLoss): void {
    const entry = this.running;
    if (!entry || this.closed) return;
    if (entry.cancelling) {
      this.endWithoutWord(entry, 'cancelled');
    } else if (requested) {
      entry.stored = requeued(entry.stored, 'the engine was restarted');
    } else {
      entry.stored = afterLoss(entry.stored, reason);
      this.tellLostRow(entry.stored);
      if (entry.stored.state === 'failed') this.endWithoutWord(entry, 'failed');
    }
    this.changed();
  }

  /** A run that goes on behind the rows that have ended begins with their pictures. */
  private tellKept({ stored, images }: Entry): void {
    for (const image of images) this.onRunEvent.emit({ jobId: stored.id, event: { type: 'image', image }, image });
  }

  /** The row that took the engine down once too often, which the engine can no longer tell of. */
  private tellLostRow({ id: jobId, table, losses }: StoredJob): void {
    const row = losses === 0 ? table?.ended.at(-1) : undefined;
    if (!table || !row) return;
    const event = { type: 'row', nodeId: table.nodeId, of: table.rows, ...row } as const;
    this.onRunEvent.emit({ jobId, event });
  }

  /** The engine can no longer tell how the run ended; the window still hears it, as for any other run. */
  private endWithoutWord(entry: Entry, state: 'failed' | 'cancelled'): void {
    const { id: jobId, error, startedAt, images } = entry.stored;
    this.finish(entry, state);
    if (error) this.onRunEvent.emit({ jobId, event: { type: 'error', error } });
    const seconds = (Date.now() - (startedAt ?? Date.now())) / 1000;
    this.onRunEvent.emit({ jobId, event: { type: 'done', state, images: images.length, seconds } });
  }

  private finish(entry: Entry, state: 'done' | 'failed' | 'cancelled', error = entry.stored.error): void {
    entry.cancelling = false;
    entry.stored = { ...entry.stored, state, error, finishedAt: Date.now() };
    const finished = this.entries.filter(({ stored }) => isFinished(stored));
    this.forget(finished.slice(0, Math.max(0, finished.length - KEPT_FINISHED)));
    this.changed();
  }

  private forget(entries: Entry[]): void {
    for (const entry of entries) this.keepImages(entry, new Set());
    this.entries = this.entries.filter((entry) => !entries.includes(entry));
  }

  /** Gives the addresses of all other pictures back. */
  private keepImages(entry: Entry, paths: ReadonlySet<string>): void {
    for (const { path, url } of entry.images) if (!paths.has(path)) this.pictures.release(url);
    entry.images = entry.images.filter(({ path }) => paths.has(path));
  }

  private entryOf(stored: StoredJob): Entry {
    const images = stored.images.map((image) => ({ ...image, url: this.pictures.register(image.path) }));
    return { stored, images, cancelling: false };
  }

  private find(jobId: string): Entry {
    const entry = this.entries.find(({ stored }) => stored.id === jobId);
    if (!entry) throw new HeadroomError('input', 'This job is not in the queue any more.');
    return entry;
  }

  private changed(): void {
    this.save({ version: 1, jobs: this.entries.map(({ stored }) => stored) });
    this.onChange.emit(this.jobs);
  }
}

/** A run that settled without its `done` event. */
const NO_OUTCOME: EngineError = {
  code: 'internal',
  message: 'The engine ended this run without telling how it went.',
  place: {},
};

function asEngineError(thrown: unknown): EngineError {
  const { code, message, place } = asHeadroomError(thrown);
  return { code, message, place };
}

function shown({ stored, images }: Entry): Job {
  const { workflow: _workflow, losses: _losses, table, ...job } = stored;
  return { ...job, images: [...images], table: summaryOf(table) };
}
