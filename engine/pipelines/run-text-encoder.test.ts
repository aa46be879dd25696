import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { environmentWith, quietEnvironment, quietStage, starterModel } from '../../tests/support/engine.ts';
import { referenceWeights } from '../../tests/support/networks.ts';
import { writeSafetensors } from '../../tests/support/safetensors.ts';
import type { Model } from '../families/model.ts';
import { Components } from '../memory/components.ts';
import { DeviceMemory } from '../memory/device-memory.ts';
import { encodeText } from './encode-text.ts';
import { type MemoryMode, NO_WISHES } from './memory-wishes.ts';
import type { PipelineEnvironment, Stage } from './stage.ts';
import { ladderFor } from './text-to-image.ts';

const model = starterModel();
let heard: string[];
let environment: PipelineEnvironment;
beforeEach(() => {
  heard = [];
  const memory = DeviceMemory.unmanaged();
  const onBusy = (lease: { what: string } | null) => lease && heard.push(lease.what);
  const components = new Components('cpu', memory, { onBusy, onChange: () => {} });
  environment = { ...environmentWith(memory), components };
});

interface Reading {
  readonly of?: Model;
  readonly mode?: MemoryMode;
  /** Of rows to come. */
  readonly coming?: readonly string[];
  readonly stage?: Partial<Stage>;
}

async function encode(text: string, { of = model, mode = 'stages', coming = [], stage: overrides }: Reading = {}) {
  const prompts = (texts: readonly string[]) => texts.map((one) => ({ text: one, field: 'prompt' }));
  const stage = quietStage({
    environment,
    coming: async () => coming.map((one) => ({ model, prompts: prompts([one]) })),
    ...overrides,
  });
  const size = { width: 64, height: 64, count: 1 };
  const request = { model: of, guidanceScale: 1, memory: { ...NO_WISHES, mode }, ...size };
  const [encoded] = await encodeText(of, prompts([text]), stage, ladderFor(request, stage));
  return encoded;
}

const loads = () => heard.filter((what) => what.startsWith('load ')).length;
const runs = () => heard.filter((what) => what === 'encode text').length;

describe('where a text encoder makes room for others', () => {
  it('it reads prompts of rows to come, each as if alone, and is not needed for them any more', async () => {
    await encode('red apple', { coming: ['green heart', 'a (blue:1.3) star', 'green heart'] });
    // The weighted one is compared with nothing.
    expect([loads(), runs()]).toEqual([1, 4]);
    await environment.components.evictIdle();
    const ahead = [await encode('green heart'), await encode('a (blue:1.3) star')];
    expect([loads(), runs()]).toEqual([1, 4]);
    environment = quietEnvironment();
    expect(ahead).toEqual([await encode('green heart'), await encode('a (blue:1.3) star')]);
  });

  it('a prompt to come that is refused, or of another model, is left to its own turn', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headroom-ahead-'));
    const path = writeSafetensors(join(folder, 'narrow.safetensors'), referenceWeights({ emb_params: [1, 3] }), 'F32');
    environment = { ...environment, embeddingPath: async (name) => (name === 'narrow' ? path : undefined) };
    const changed = { ...model, fingerprint: 'other files' };
    await encode('red apple', { of: changed, coming: ['green heart'] });
    expect(runs()).toBe(1);
    await encode('red apple', { coming: ['a <narrow> apple', 'green heart'] });
    expect(runs()).toBe(3);
    await expect(encode('a <narrow> apple')).rejects.toMatchObject({ code: 'model' });
    rmSync(folder, { recursive: true });
  });

  it('it can be stopped between them, and goes on where it was', async () => {
    const controller = new AbortController();
    const stage: Partial<Stage> = {
      signal: controller.signal,
      progress: (_phase, _fraction, detail) => detail.includes('rows to come') && controller.abort(),
    };
    const coming = ['green heart', 'yellow star'];
    await expect(encode('red apple', { coming, stage })).rejects.toMatchObject({ code: 'cancelled' });
    expect(runs()).toBe(1);
    await encode('red apple', { coming });
    expect(runs()).toBe(1);
    await encode('green heart', { coming });
    expect(runs()).toBe(3);
  });
});

it('where it stays, it reads each prompt when its turn is', async () => {
  await encode('red apple', { mode: 'resident', coming: ['green heart'] });
  expect(runs()).toBe(1);
});
