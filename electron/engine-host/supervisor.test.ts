import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HeadroomError } from '../../engine/contract/errors.ts';
import type { EngineOptions } from '../../engine/contract/protocol.ts';
import { EngineLog } from './engine-log.ts';
import { type EngineLoss, EngineSupervisor } from './supervisor.ts';
import { FakeStarter, never } from './testing/fake-engine.ts';

const workflow = { format: 'headroom-workflow', version: 1, nodes: {}, edges: [] } as const;
const request = { runId: 'run', workflow: { ...workflow, edges: [] } };
const options: EngineOptions = {
  modelFolders: ['/models'],
  tokenizersFolder: '/tokenizers',
  resultsFolder: '/r',
  previewFolder: '/p',
  device: 'auto',
};

let starter: FakeStarter;
let log: EngineLog;
let current: EngineOptions;
let supervisor: EngineSupervisor;
let losses: EngineLoss[];

beforeEach(() => {
  vi.useFakeTimers();
  starter = new FakeStarter();
  log = new EngineLog();
  current = { ...options };
  supervisor = new EngineSupervisor(starter, () => ({ ...current }), log);
  losses = [];
  supervisor.onLost.listen((loss) => losses.push(loss));
});

afterEach(() => vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const state = () => supervisor.status.state;

async function startReady() {
  supervisor.start();
  await pass(0);
  expect(state()).toBe('ready');
  return starter.latest;
}

test('starts the engine, tells it where things are and becomes ready', async () => {
  const initialise = vi.fn(async () => ({ device: 'cpu', runtime: 'onnxruntime 1', nodes: [] }));
  starter.methods = { initialise };
  supervisor.start();
  expect(supervisor.status).toEqual({ state: 'starting', attempt: 1 });
  await pass(0);
  expect(initialise).toHaveBeenCalledExactlyOnceWith(options);
  expect(supervisor.status).toEqual({ state: 'ready', pid: 1000, device: 'cpu', runtime: 'onnxruntime 1' });
});

test('a crash rejects pending calls, is told with its reason, and a new engine starts', async () => {
  starter.methods = { clearCache: never };
  const engine = await startReady();
  const run = supervisor.run(request);
  const call = supervisor.call('clearCache');
  const failures = Promise.allSettled([run, call]);
  await pass(0);
  engine.output.emit({ stream: 'stderr', text: 'terminate called\nfree(): invalid' });
  engine.output.emit({ stream: 'stderr', text: ' pointer' });
  engine.exit({ reason: 'crashed', code: 6 });
  for (const failure of await failures) {
    expect(failure).toMatchObject({ status: 'rejected', reason: { code: 'engine' } });
    expect((failure as PromiseRejectedResult).reason).toBeInstanceOf(HeadroomError);
  }
  expect(losses).toEqual([{ reason: expect.stringContaining('crashed (SIGABRT)'), requested: false }]);
  expect(losses[0]!.reason).toContain('free(): invalid pointer');
  expect(supervisor.status).toMatchObject({ state: 'restarting', attempt: 1 });
  await pass(1000);
  expect(supervisor.status).toMatchObject({ state: 'ready', pid: 1001 });
});

test('an engine that says that it cannot go on is replaced with its reason, though its process is there', async () => {
  const engine = await startReady();
  const run = supervisor.run(request).catch((error: unknown) => error);
  await pass(0);
  void engine.main.onUnusable.asEvent({ reason: 'the graphics card was lost' });
  expect(await run).toMatchObject({ code: 'engine', message: 'The engine was lost: the graphics card was lost.' });
  expect(losses).toEqual([{ reason: 'the graphics card was lost', requested: false }]);
  expect(supervisor.status).toMatchObject({ state: 'restarting', reason: 'the graphics card was lost' });
  await pass(1000);
  expect(engine.hasExited).toBe(true);
  expect(supervisor.status).toMatchObject({ state: 'ready', pid: 1001 });
});

test('five restarts leave no listener behind on the dead, and the living has as many as the first', async () => {
  const first = await startReady();
  const listeners = first.listenerCount;
  for (let restart = 0; restart < 5; restart += 1) {
    await supervisor.restart();
    await pass(0);
  }
  expect(starter.engines).toHaveLength(6);
  expect(starter.engines.map((engine) => engine.listenerCount)).toEqual([0, 0, 0, 0, 0, listeners]);
});

test('gives up after repeated crashes, and starts anew when the person asks', async () => {
  await startReady();
  for (let crash = 0; crash < 6; crash += 1) {
    expect(state()).toBe('ready');
    starter.latest.exit({ reason: 'crashed', code: 11 });
    await pass(20_000);
  }
  expect(supervisor.status).toEqual({ state: 'failed', reason: expect.stringContaining('SIGSEGV') });
  await expect(supervisor.call('listModels')).rejects.toMatchObject({ code: 'engine' });
  await supervisor.restart();
  await pass(0);
  expect(state()).toBe('ready');
});

test('crashes that lie far apart never add up', async () => {
  await startReady();
  for (let crash = 0; crash < 20; crash += 1) {
    starter.latest.exit({ reason: 'crashed', code: 11 });
    await pass(10 * 60_000);
    expect(state()).toBe('ready');
  }
});

test('an engine that gets work done between crashes is never given up', async () => {
  await startReady();
  for (let crash = 0; crash < 20; crash += 1) {
    await starter.latest.main.onRunEvent({
      runId: 'run',
      event: { type: 'done', state: 'done', images: 1, seconds: 1 },
    });
    starter.latest.exit({ reason: 'crashed', code: 11 });
    await pass(20_000);
    expect(state()).toBe('ready');
  }
});

test('an engine that never gets ready is given up soon, with its own last words', async () => {
  starter.methods = { initialise: never };
  supervisor.start();
  for (let start = 0; start < 3; start += 1) {
    starter.latest.output.emit({ stream: 'stderr', text: 'libonnxruntime.so.1: cannot open shared object file\n' });
    starter.latest.exit({ reason: 'abnormal-exit', code: 1 });
    await pass(5_000);
  }
  expect(starter.engines).toHaveLength(3);
  expect(supervisor.status).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('libonnxruntime.so.1: cannot open shared object file'),
  });
  expect(log.lines.map((line) => line.message)).toContain('libonnxruntime.so.1: cannot open shared object file');
});

test('an engine that says why it cannot start is believed at once', async () => {
  starter.methods = {
    initialise: async () => {
      throw new HeadroomError('device', 'The CUDA driver is missing.');
    },
  };
  supervisor.start();
  await pass(0);
  expect(supervisor.status).toEqual({ state: 'failed', reason: 'The CUDA driver is missing.' });
  expect(starter.latest.hasExited).toBe(true);
});

test('an engine that was given up is tried again when the settings change', async () => {
  starter.methods = {
    initialise: async ({ device }) => {
      if (device === 'cpu') return { device, runtime: 'fake 1', nodes: [] };
      throw new HeadroomError('device', 'The CUDA driver is missing.');
    },
  };
  supervisor.start();
  await pass(0);
  supervisor.refresh();
  await pass(5_000);
  expect(starter.engines).toHaveLength(1);
  current.device = 'cpu';
  supervisor.refresh();
  await pass(0);
  expect(supervisor.status).toMatchObject({ state: 'ready', device: 'cpu' });
});

test('a starter that fails is retried, then given up', async () => {
  starter.refusal = new Error('spawn EAGAIN');
  supervisor.start();
  await pass(20_000);
  expect(supervisor.status).toMatchObject({ state: 'failed', reason: expect.stringContaining('spawn EAGAIN') });
});

test('a busy engine may take well over its lease, and answer meanwhile; then it is hung, killed and replaced', async () => {
  const engine = await startReady();
  void supervisor.run(request).catch(() => {});
  await pass(0);
  engine.hearsTermination = false;
  await engine.main.onLease.asEvent({ what: 'load unet', expectedMs: 60_000 });
  await pass(0);
  expect(supervisor.status).toMatchObject({ state: 'busy', pid: 1000, lease: { what: 'load unet' } });
  for (const passed of [40_000, 40_000, 35_000]) {
    await pass(passed);
    await engine.main.onLog.asEvent({ time: 0, level: 'info', message: 'an estimate was asked for' });
  }
  expect(state()).toBe('busy');
  await pass(10_000);
  expect(losses).toEqual([{ reason: expect.stringContaining('load unet'), requested: false }]);
  await pass(5_000);
  expect(engine.hasExited).toBe(true);
  expect(supervisor.status).toMatchObject({ state: 'ready', pid: 1001 });
});

test('an idle engine is asked for a sign of life; one that answers lives on, one that is deaf is replaced', async () => {
  const engine = await startReady();
  await pass(10 * 60_000);
  expect(engine.calls.filter((call) => call === 'ping').length).toBeGreaterThan(10);
  expect(supervisor.status).toMatchObject({ state: 'ready', pid: 1000 });
  engine.post = () => {};
  await pass(60_000);
  expect(losses).toHaveLength(1);
  expect(supervisor.status).toMatchObject({ state: 'ready', pid: 1001 });
});

test('is busy from the call of a run to its end, and back at ready after the last lease', async () => {
  let finish = () => {};
  starter.methods = { run: () => new Promise((resolve) => (finish = resolve)) };
  const engine = await startReady();
  const run = supervisor.run(request);
  await pass(0);
  expect(supervisor.status).toMatchObject({ state: 'busy', lease: null });
  await engine.main.onLease.asEvent({ what: 'denoise step 1 of 20', expectedMs: 500 });
  await pass(0);
  expect(supervisor.status).toMatchObject({ state: 'busy', lease: { what: 'denoise step 1 of 20' } });
  await engine.main.onLease.asEvent(null);
  finish();
  await run;
  expect(state()).toBe('ready');
});

test('restart works while a run is on and the engine does not hear, and twice at once is once', async () => {
  const engine = await startReady();
  engine.hearsTermination = false;
  const run = supervisor.run(request);
  const failure = expect(run).rejects.toMatchObject({ code: 'engine' });
  await pass(0);
  const restarts = [supervisor.restart(), supervisor.restart()];
  expect(losses).toEqual([{ reason: expect.any(String), requested: true }]);
  await pass(2_000);
  await Promise.all(restarts);
  await failure;
  expect(engine.hasExited).toBe(true);
  expect(starter.engines).toHaveLength(2);
  expect(supervisor.status).toMatchObject({ state: 'ready', pid: 1001 });
});

test('restart during the wait after a crash starts at once, and only one engine', async () => {
  await startReady();
  starter.latest.exit({ reason: 'crashed', code: 11 });
  await supervisor.restart();
  await pass(20_000);
  expect(starter.engines).toHaveLength(2);
  expect(state()).toBe('ready');
});

test('calls made while the engine starts wait for it', async () => {
  supervisor.start();
  const models = supervisor.call('listModels');
  await pass(0);
  await expect(models).resolves.toEqual([]);
});

test('changed settings restart an idle engine, and a busy one when its work is done', async () => {
  let finish = () => {};
  starter.methods = { run: () => new Promise((resolve) => (finish = resolve)) };
  await startReady();
  current.device = 'cpu';
  supervisor.refresh();
  await pass(0);
  expect(supervisor.status).toMatchObject({ state: 'ready', pid: 1001 });
  const run = supervisor.run(request);
  await pass(0);
  current.resultsFolder = '/elsewhere';
  supervisor.refresh();
  await pass(5_000);
  expect(supervisor.status).toMatchObject({ state: 'busy', pid: 1001 });
  finish();
  await run;
  await pass(0);
  expect(supervisor.status).toMatchObject({ state: 'ready', pid: 1002 });
});

test('events in a wrong form are logged and dropped', async () => {
  const engine = await startReady();
  const events: unknown[] = [];
  supervisor.onRunEvent.listen((event) => events.push(event));
  await engine.main.onRunEvent.asEvent({ runId: 'run', event: { type: 'nonsense' } as never });
  await engine.main.onRunEvent.asEvent({ runId: 'run', event: { type: 'start', runId: 'run', nodes: ['a'] } });
  await pass(0);
  expect(events).toEqual([{ runId: 'run', event: { type: 'start', runId: 'run', nodes: ['a'] } }]);
  expect(log.lines.at(-1)).toMatchObject({ level: 'error', message: expect.stringContaining('onRunEvent') });
});

test('stop ends the engine and nothing starts it again', async () => {
  const engine = await startReady();
  const stopped = supervisor.stop();
  await pass(0);
  await stopped;
  expect(engine.hasExited).toBe(true);
  await pass(60_000);
  expect(starter.engines).toHaveLength(1);
  expect(supervisor.status).toEqual({ state: 'stopped' });
  await expect(supervisor.call('listModels')).rejects.toMatchObject({ code: 'engine' });
});
