import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineStatus } from '../ipc/contract.ts';
import { PictureRegistry } from '../pictures.ts';
import { JobQueue } from '../queue/queue.ts';
import { EngineLog } from './engine-log.ts';
import { EngineSupervisor } from './supervisor.ts';
import { ChildStarter } from './testing/child-starter.ts';

const options = {
  modelFolders: [],
  tokenizersFolder: '/t',
  resultsFolder: '/r',
  previewFolder: '/p',
  device: 'cpu',
} as const;
const request = { runId: 'run', workflow: { format: 'headroom-workflow', version: 1, nodes: {}, edges: [] } } as const;

let log: EngineLog;
let supervisor: EngineSupervisor;

beforeEach(async () => {
  log = new EngineLog();
  supervisor = new EngineSupervisor(new ChildStarter(), () => ({ ...options, modelFolders: [] }), log);
  supervisor.start();
  await reach('ready');
});

afterEach(() => supervisor.stop());

/** Waits for a status and gives the process id that it names. */
function reach(state: EngineStatus['state'], met: (status: EngineStatus) => boolean = () => true): Promise<number> {
  return new Promise((resolve) => {
    const look = (status: EngineStatus) => {
      if (status.state !== state || !met(status)) return;
      stop();
      resolve('pid' in status ? status.pid : 0);
    };
    const stop = supervisor.onStatus.listen(look);
    look(supervisor.status);
  });
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

function startBlockingRun(): Promise<{ pid: number; failure: Promise<unknown> }> {
  const failure = supervisor.run({ ...request, workflow: { ...request.workflow, edges: [] } }).then(
    () => 'the run ended',
    (error: unknown) => error,
  );
  const leased = (status: EngineStatus) => status.state === 'busy' && status.lease !== null;
  return reach('busy', leased).then((pid) => ({ pid, failure }));
}

test('a killed process is replaced, its run fails with the reason, its output is in the log', async () => {
  const { pid, failure } = await startBlockingRun();
  process.kill(pid, 'SIGKILL');
  expect(await failure).toMatchObject({ code: 'engine', message: expect.stringContaining('ended from outside') });
  const next = await reach('ready');
  expect(next).not.toBe(pid);
  expect(isAlive(pid)).toBe(false);
  expect(log.lines.map((line) => line.message)).toContain('child engine started');
});

test('restart ends a process whose thread is blocked', async () => {
  const { pid, failure } = await startBlockingRun();
  await supervisor.restart();
  expect(await failure).toMatchObject({ code: 'engine' });
  expect(await reach('ready')).not.toBe(pid);
  expect(isAlive(pid)).toBe(false);
});

test('restart ends a process that is stopped and hears no signal', async () => {
  const pid = await reach('ready');
  process.kill(pid, 'SIGSTOP');
  await supervisor.restart();
  expect(await reach('ready')).not.toBe(pid);
  expect(isAlive(pid)).toBe(false);
});

test('a job that loses the graphics card runs again in new processes, and fails with words the third time', async () => {
  const pid = await reach('ready');
  const queue = new JobQueue(supervisor, new PictureRegistry(), [], () => {});
  const failed = new Promise<void>((resolve) => {
    queue.onChange.listen(([job]) => job?.state === 'failed' && resolve());
  });
  queue.add({ ...request.workflow, name: 'loses the graphics card', edges: [] });
  await failed;
  const [job] = queue.jobs;
  expect(job).toMatchObject({ attempts: 3, error: { code: 'engine' } });
  expect(job?.error?.message).toMatch(/lost 3 times.*the graphics card was lost/);
  expect(await reach('ready')).not.toBe(pid);
  expect(isAlive(pid)).toBe(false);
});
