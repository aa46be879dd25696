import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ReferenceNetwork, runOnce } from '../../../tests/support/networks.ts';
import { type StoredType, writeSafetensors } from '../../../tests/support/safetensors.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { cudaDialect } from '../../layers/dialects/cuda.ts';
import { dmlDialect } from '../../layers/dialects/dml.ts';
import { parseClipTextConfig } from '../../models/clip/config.ts';
import { buildClipTextEncoder } from '../../models/clip/graph.ts';
import { parseVaeConfig } from '../../models/vae/config.ts';
import { buildVaeDecoder } from '../../models/vae/graph.ts';
import { float16ToFloat32 } from '../../tensor/float16.ts';
import { overlaid, type StoredTensor, storedTensors } from '../../weights/stored-tensor.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { DerivedWeights } from './derived-weights.ts';

let folder: string;
let network: ReferenceNetwork;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-converted-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  network.remove();
});

const idle = async () => {};
const derived = () => new DerivedWeights(join(folder, 'derived'));
const files = () => readdirSync(join(folder, 'derived'));

/** A network's tensors in a type, eight-bit matrices with a scale. */
function stored(name: string, dtype: StoredType): StoredTensor[] {
  network = new ReferenceNetwork(name, dtype);
  const scale = { shape: [], values: Float32Array.of(0.7) };
  const [factor] = storedTensors(writeSafetensors(join(folder, 'scale.safetensors'), { scale }, 'F32'));
  const scaled = (weight: StoredTensor) => dtype.startsWith('F8') && weight.shape.length === 2;
  return storedTensors(network.path).map((weight) => (scaled(weight) ? { ...weight, scale: factor } : weight));
}

async function run(name: string, tensors: readonly StoredTensor[]) {
  const weights = WeightView.of(tensors);
  const { config } = network;
  if (name.startsWith('clip')) {
    const model = buildClipTextEncoder(parseClipTextConfig(config, name), weights, dmlDialect, {
      pooled: 'projected',
    });
    return runOnce(model, { input_ids: network.inputIds });
  }
  const model = buildVaeDecoder(parseVaeConfig(config, name), weights, dmlDialect);
  return runOnce(model, { latents: network.input('latents') });
}

describe.each<StoredType>(['BF16', 'F8_E4M3', 'F8_E5M2', 'F32'])('weights in %s', (dtype) => {
  test.each(['vae_bare', 'clip_projected'])('in float16 give %s the numbers that casts give it', async (name) => {
    const base = stored(name, dtype);
    const converted = await derived().converted(base, dmlDialect, idle);
    const matrices = base.filter(({ shape }) => shape.length > 1);
    expect(converted.map((weight) => [weight.name, weight.dtype])).toEqual(matrices.map(({ name }) => [name, 'F16']));
    expect(await run(name, overlaid(base, converted))).toEqual(await run(name, base));
  });
});

test('what is stored in another arrangement stays in it', async () => {
  const [first, ...rest] = stored('clip', 'BF16').filter(({ shape }) => shape.length > 1) as [
    StoredTensor,
    StoredTensor,
  ];
  const swapped = { ...first, arrangement: 'halves swapped' } as const;
  const [arranged] = await derived().converted([swapped, ...rest], dmlDialect, idle);
  expect(arranged).toMatchObject({ name: first.name, shape: first.shape, arrangement: 'halves swapped' });
});

test('rows of a tensor are turned by themselves', async () => {
  const whole = stored('clip', 'BF16').find(({ shape }) => shape.length === 2) as StoredTensor;
  const [rows = 0, columns = 0] = whole.shape;
  const lower = {
    ...whole,
    shape: [rows / 2, columns],
    offset: whole.offset + whole.length / 2,
    length: whole.length / 2,
  };
  const [all] = (await derived().converted([whole], dmlDialect, idle)) as [StoredTensor];
  const [part] = (await derived().converted([lower], dmlDialect, idle)) as [StoredTensor];
  expect(valuesOf(part)).toEqual(valuesOf(all).subarray((rows / 2) * columns));
});

function valuesOf({ path, offset, length }: StoredTensor): Float32Array {
  return float16ToFloat32(new Uint16Array(new Uint8Array(readFileSync(path).subarray(offset, offset + length)).buffer));
}

test('where matrices in bfloat16 are kept, filters are turned', async () => {
  expect(await derived().converted(stored('flux_dev', 'BF16'), cudaDialect, idle)).toEqual([]);
  network.remove();
  const base = stored('unet_sdxl', 'BF16');
  const filters = base.filter(({ shape }) => shape.length === 4);
  expect(filters.length).toBeGreaterThan(0);
  const converted = await derived().converted(base, cudaDialect, idle);
  expect(converted.map((weight) => [weight.name, weight.dtype])).toEqual(filters.map(({ name }) => [name, 'F16']));
});

test('matrices in float32 are turned everywhere', async () => {
  const converted = await derived().converted(stored('t5', 'F32'), cudaDialect, idle);
  expect(converted.length).toBeGreaterThan(0);
  expect(converted.every(({ shape, dtype }) => dtype === 'F16' && shape.length === 2)).toBe(true);
});

test('nothing is made of float16, nor for a device that computes in float32', async () => {
  expect(await derived().converted(stored('clip', 'F16'), dmlDialect, idle)).toEqual([]);
  network.remove();
  expect(await derived().converted(stored('clip', 'BF16'), cpuDialect, idle)).toEqual([]);
});

test('where the model is on another drive, all of it comes along, in the types that it has', async () => {
  const base = stored('unet_sdxl', 'BF16');
  const kept = join(folder, 'derived');
  const driveOf = (path: string) => (path.startsWith(kept) ? 'D:' : 'C:');
  const converted = await new DerivedWeights(kept, { driveOf }).converted(base, cudaDialect, idle);
  expect(new Set(converted.map(({ name }) => name))).toEqual(new Set(base.map(({ name }) => name)));
  expect(converted.every(({ path }) => path.startsWith(kept))).toBe(true);
  for (const { name, dtype } of converted) {
    const before = base.find((weight) => weight.name === name) as StoredTensor;
    expect(dtype).toBe(before.shape.length === 4 ? 'F16' : before.dtype);
  }
});

test('weights are turned once, and again when their file has changed', async () => {
  const base = stored('clip', 'BF16');
  const computed: number[] = [];
  const convert = () => derived().converted(base, dmlDialect, async (index) => void computed.push(index));
  const first = await convert();
  expect(computed).toEqual(first.map((_, index) => index));
  computed.length = 0;
  expect(await convert()).toEqual(first);
  expect(computed).toEqual([]);
  utimesSync(network.path, 1, 1);
  expect(await convert()).not.toEqual(first);
  expect(computed).toHaveLength(first.length);
});

test('who stops it finds no file, and it begins anew', async () => {
  const base = stored('clip', 'BF16');
  const stop = async (index: number) => {
    if (index === 2) throw new Error('stopped');
  };
  await expect(derived().converted(base, dmlDialect, stop)).rejects.toThrow('stopped');
  expect(files()).toEqual([]);
  expect(await derived().converted(base, dmlDialect, idle)).not.toEqual([]);
});

test('a disk without room for it is told before anything is written', async () => {
  const base = stored('clip', 'BF16');
  const full = new DerivedWeights(join(folder, 'derived'), { freeBytes: () => 2 ** 30 });
  const refused = full.converted(base, dmlDialect, idle);
  await expect(refused).rejects.toMatchObject({ code: 'file', message: expect.stringContaining('1.0 GiB are free') });
  expect(files()).toEqual([]);
});
