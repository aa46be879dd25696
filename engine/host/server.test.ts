import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { type BirpcReturn, createBirpc } from 'birpc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bundledModels, bundledTokenizers } from '../../tests/support/engine.ts';
import type { RunEvent } from '../contract/events.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { zNodeDescriptor } from '../contract/node.ts';
import { type EngineEvents, type EngineMethods, engineEventSchemas } from '../contract/protocol.ts';
import { decodeMessage, encodeMessage } from '../contract/wire.ts';
import { runtimeError } from '../ort/errors.ts';
import { Session } from '../ort/session.ts';
import { openEngine } from './open.ts';
import { serveEngine } from './server.ts';

type Told = { [Name in keyof EngineEvents]: Parameters<EngineEvents[Name]>[0][] };

let folder: string;
let engine: BirpcReturn<EngineMethods, EngineEvents>;
let told: Told;
let order: string[];
let onTold: (name: keyof EngineEvents, payload: unknown) => void;
let close: () => void;

/** The other end of the channel, as main is: it parses every event. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-host-'));
  told = { onRunEvent: [], onLease: [], onMemory: [], onLog: [], onUnusable: [] };
  order = [];
  onTold = () => {};
  const { port1, port2 } = new MessageChannel();
  serveEngine(
    { post: (message) => port1.postMessage(message), listen: (listener) => port1.on('message', listener) },
    openEngine,
  );
  const hear =
    <Name extends keyof EngineEvents>(name: Name) =>
    (payload: unknown) => {
      const parsed = engineEventSchemas[name].parse(payload);
      told[name].push(parsed as never);
      order.push(name === 'onRunEvent' ? (parsed as Told['onRunEvent'][number]).event.type : name);
      onTold(name, parsed);
    };
  const events = {
    onRunEvent: hear('onRunEvent'),
    onLease: hear('onLease'),
    onMemory: hear('onMemory'),
    onLog: hear('onLog'),
    onUnusable: hear('onUnusable'),
  };
  engine = createBirpc<EngineMethods, EngineEvents>(events, {
    post: (message) => port2.postMessage(message),
    on: (listener) => port2.on('message', listener),
    serialize: encodeMessage,
    deserialize: decodeMessage,
    timeout: -1,
  });
  close = () => port1.close();
});
afterEach(() => {
  close();
  rmSync(folder, { recursive: true });
});

const initialise = (device: 'auto' | 'cuda' = 'auto') =>
  engine.initialise({
    modelFolders: [bundledModels],
    tokenizersFolder: bundledTokenizers,
    resultsFolder: join(folder, 'results'),
    previewFolder: join(folder, 'previews'),
    stateFolder: join(folder, 'state'),
    device,
  });

function workflow(inputs: Record<string, unknown> = {}) {
  return readWorkflow({
    format: 'headroom-workflow',
    version: 1,
    nodes: {
      model: { type: 'load_model' },
      generate: { type: 'image_generate', inputs: { prompt: 'red apple', steps: 3, seed: 1, ...inputs } },
      save: { type: 'save_image' },
    },
    edges: [
      { from: { node: 'model', port: 'model' }, to: { node: 'generate', port: 'model' } },
      { from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } },
    ],
  });
}

const runEvents = () => told.onRunEvent.map(({ event }) => event);
const of = <Type extends RunEvent['type']>(type: Type) =>
  runEvents().filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);

describe('the served engine', () => {
  it('introduces itself, lists models and answers pings', async () => {
    const { device, runtime, nodes } = await initialise();
    expect(device).toContain('CPU');
    expect(runtime).toContain('onnxruntime');
    expect(nodes.map((node) => zNodeDescriptor.parse(node).type)).toContain('image_generate');
    expect(await engine.listModels()).toEqual([expect.objectContaining({ id: 'starter', usable: true })]);
    expect(await engine.ping()).toBeUndefined();
  });

  it('draws a picture, announces what blocks it and accounts for its memory', async () => {
    await initialise();
    await engine.run({ runId: 'one', workflow: workflow() });
    expect(told.onRunEvent.every(({ runId }) => runId === 'one')).toBe(true);
    expect(of('done')).toEqual([expect.objectContaining({ state: 'done', images: 1 })]);
    expect(existsSync(of('image')[0]!.image.path)).toBe(true);
    expect(of('preview')[0]!.jpeg.subarray(0, 2)).toEqual(Uint8Array.of(0xff, 0xd8));

    const leases = told.onLease.map((lease) => lease?.what ?? 'free');
    expect(leases.filter((_, index) => index % 2 === 1).every((what) => what === 'free')).toBe(true);
    expect(leases).toEqual(expect.arrayContaining(['load starter unet', 'denoise step 3 of 3', 'decode the picture']));

    const { ledger, learnedAt } = told.onMemory.at(-1)!;
    expect(learnedAt).toBeGreaterThan(0);
    expect(ledger.map(({ component }) => component).toSorted()).toEqual(['text_encoder', 'unet', 'vae_decoder']);
    expect(ledger.every(({ resident }) => resident)).toBe(true);
    expect(ledger.find(({ component }) => component === 'unet')!.weightBytes).toBeGreaterThan(80e6);
  });

  it('frees what is idle on request, and draws again after it', async () => {
    await initialise();
    await engine.run({ runId: 'one', workflow: workflow() });
    const { evicted, freedBytes } = await engine.clearCache();
    expect(evicted.toSorted()).toEqual(['starter text_encoder', 'starter unet', 'starter vae_decoder']);
    expect(freedBytes).toBeGreaterThan(50e6);
    expect(told.onMemory.at(-1)!.weightBytes).toBe(0);
    await engine.run({ runId: 'two', workflow: workflow() });
    expect(of('node').filter(({ nodeId, state }) => nodeId === 'generate' && state === 'done')).toHaveLength(2);
  });

  it('deletes weights that are kept on disk, but not while a run may need them', async () => {
    await initialise();
    const kept = join(folder, 'state', 'derived-weights');
    mkdirSync(kept, { recursive: true });
    writeFileSync(join(kept, 'some.safetensors'), 'weights');
    expect(await engine.keptWeights()).toEqual({ folder: kept, bytes: 7 });
    let refused: Promise<unknown> | undefined;
    onTold = (name) => {
      if (name === 'onRunEvent') refused ??= engine.deleteKeptWeights().catch(({ message }) => message);
    };
    await engine.run({ runId: 'one', workflow: workflow({ steps: 1 }) });
    expect(await refused).toContain('A run is at work');
    expect(await engine.deleteKeptWeights()).toEqual({ folder: kept, bytes: 0 });
  });

  it('stops a run between steps when it is cancelled', async () => {
    await initialise();
    onTold = (name) => {
      if (name === 'onRunEvent' && of('progress').some(({ phase }) => phase === 'denoise')) void engine.cancel('one');
    };
    await engine.run({ runId: 'one', workflow: workflow({ steps: 100 }) });
    expect(of('done')).toEqual([expect.objectContaining({ state: 'cancelled', images: 0 })]);
    expect(of('error')).toEqual([]);
  });

  it('ends each run with its done event before the call settles', async () => {
    await initialise();
    order = [];
    await engine.run({ runId: 'one', workflow: workflow({ steps: 0 }) });
    expect(order.filter((name) => name !== 'onMemory' && name !== 'onLease')).toEqual(['start', 'error', 'done']);
    expect(of('error')[0]!.error).toMatchObject({ code: 'input', place: { nodeId: 'generate', field: 'steps' } });
  });

  it('tells of a long prompt how much was left out', async () => {
    await initialise();
    await engine.run({
      runId: 'one',
      workflow: workflow({ prompt: 'apple '.repeat(100), steps: 1, plain_prompt: true }),
    });
    expect(of('warning')).toEqual([
      { type: 'warning', message: expect.stringContaining('25'), place: { nodeId: 'generate', field: 'prompt' } },
    ]);
  });
});

describe('a device that is lost', () => {
  const loseDevice = () => {
    const lost = runtimeError('Running unet', new Error('CUDA failure 700: an illegal memory access was encountered'));
    return vi.spyOn(Session.prototype, 'run').mockRejectedValue(lost);
  };

  it('is told instead of the end of the run, which another process may bring to its end', async () => {
    await initialise();
    const run = loseDevice();
    const unusable = new Promise<void>((resolve) => {
      onTold = (name) => name === 'onUnusable' && resolve();
    });
    const settled = vi.fn();
    engine.run({ runId: 'one', workflow: workflow() }).then(settled, settled);
    await unusable;
    // A call behind it is answered: all that the run was going to tell has arrived.
    await engine.ping();
    run.mockRestore();
    expect(told.onUnusable).toEqual([{ reason: 'the graphics card was lost' }]);
    expect(told.onLog.map(({ message }) => message).join()).toContain('CUDA failure 700');
    expect([of('error'), of('done')]).toEqual([[], []]);
    expect(settled).not.toHaveBeenCalled();
  });
});

describe('wrong calls', () => {
  it('before initialising, and initialising twice, are refused', async () => {
    await expect(engine.listModels()).rejects.toMatchObject({ code: 'internal' });
    await initialise();
    await expect(initialise()).rejects.toMatchObject({ code: 'internal' });
  });

  it('name a device that cannot be used', async () => {
    await expect(initialise('cuda')).rejects.toMatchObject({ code: 'input', message: expect.stringContaining('cuda') });
    expect(told.onLog.map(({ level }) => level)).toContain('error');
  });

  it('with parameters of another form are refused, and the engine goes on', async () => {
    await initialise();
    await expect(engine.run({ runId: 'one', workflow: { nodes: 7 } } as never)).rejects.toThrow();
    await engine.cancel('nobody');
    await engine.run({ runId: 'two', workflow: workflow({ steps: 1 }) });
    expect(of('done')).toEqual([expect.objectContaining({ state: 'done' })]);
  });

  it('of a second run while one goes on are refused', async () => {
    await initialise();
    const first = engine.run({ runId: 'one', workflow: workflow({ steps: 1 }) });
    await expect(engine.run({ runId: 'two', workflow: workflow() })).rejects.toMatchObject({ code: 'internal' });
    await first;
    expect(of('done')).toHaveLength(1);
  });
});
