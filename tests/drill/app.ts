import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineLog } from '../../electron/engine-host/engine-log.ts';
import { EngineSupervisor } from '../../electron/engine-host/supervisor.ts';
import { ChildStarter } from '../../electron/engine-host/testing/child-starter.ts';
import { JsonFile } from '../../electron/json-file.ts';
import { PictureRegistry } from '../../electron/pictures.ts';
import { JobQueue } from '../../electron/queue/queue.ts';
import { resumeJobs } from '../../electron/queue/resume.ts';
import { type StoredJob, zJournal } from '../../electron/queue/stored-job.ts';
import { bundledModels, bundledTokenizers } from '../support/engine.ts';
import { DRILL_LIMIT_BYTES, type MemoryFault } from './memory-pressure.ts';

/** What main is to a run: the real supervisor over real processes, the real queue over a journal on disk. */
export interface DrillApp {
  readonly engine: EngineSupervisor;
  readonly queue: JobQueue;
  readonly log: EngineLog;
  /** How often the job was lost since its last row, as it would be known after a power cut now. */
  losses(): number;
  /** SIGKILL, if there is an engine now; answers whether there was. */
  killEngine(): boolean;
  /** Takes memory from the engine that there is now, or as soon as it is open. */
  pressEngine(fault: MemoryFault): void;
  /** As a power cut: nothing is heard or written any more, and the engine goes as well. */
  die(): Promise<void>;
  /** An orderly end. */
  stop(): Promise<void>;
}

/** Starts what main starts, with the journal that is in the folder. */
export async function startDrillApp(folder: string): Promise<DrillApp> {
  const journal = new JsonFile(join(folder, 'queue.json'), zJournal);
  const { value, problem } = await journal.read();
  if (problem) throw new Error(problem);
  let isDead = false;
  const log = new EngineLog();
  const starter = new ChildStarter(fileURLToPath(new URL('./engine-process.ts', import.meta.url)), ['--import', 'tsx']);
  const options = {
    modelFolders: [bundledModels],
    tokenizersFolder: bundledTokenizers,
    resultsFolder: join(folder, 'results'),
    previewFolder: join(folder, 'previews'),
    device: 'cpu' as const,
    memoryLimitBytes: DRILL_LIMIT_BYTES,
  };
  const engine = new EngineSupervisor(starter, () => options, log);
  const lossesIn = (jobs: readonly StoredJob[]) => Math.max(0, ...jobs.map(({ losses }) => losses));
  const resumed = value ? resumeJobs(value) : [];
  let lossesNow = lossesIn(resumed);
  let lossesWritten = lossesNow;
  const queue = new JobQueue(engine, new PictureRegistry(), resumed, (next) => {
    lossesNow = lossesIn(next.jobs);
    if (isDead) return;
    const losses = lossesNow;
    void journal.write(next).then(() => {
      lossesWritten = losses;
    });
  });
  const killEngine = () => {
    const process = starter.latest;
    if (!process || process.hasExited) return false;
    process.kill();
    return true;
  };
  engine.start();
  return {
    engine,
    queue,
    log,
    losses: () => Math.max(lossesNow, lossesWritten),
    killEngine,
    pressEngine: (fault) => starter.latest?.post({ fault }),
    async die() {
      isDead = true;
      killEngine();
      await engine.stop();
      await journal.settled();
    },
    async stop() {
      queue.close();
      await engine.stop();
      await journal.settled();
    },
  };
}
