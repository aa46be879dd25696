import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fusedOutput, loraCases, writeReferenceLora } from '../../../tests/support/loras.ts';
import { ReferenceNetwork, relativeError, runOnce } from '../../../tests/support/networks.ts';
import { fluxInputs } from '../../../tests/support/reference-calls.ts';
import { type StoredType, writeSafetensors } from '../../../tests/support/safetensors.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { dmlDialect } from '../../layers/dialects/dml.ts';
import { parseClipTextConfig } from '../../models/clip/config.ts';
import { buildClipTextEncoder } from '../../models/clip/graph.ts';
import { parseFluxConfig } from '../../models/flux/config.ts';
import { buildFluxTransformer } from '../../models/flux/graph.ts';
import { unpackLatents } from '../../models/flux/packing.ts';
import { parseUnetConfig } from '../../models/unet/config.ts';
import { buildUnet } from '../../models/unet/graph.ts';
import { float32ToBfloat16, float32ToFloat16 } from '../../tensor/float16.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { NetworkFolder } from '../../weights/layouts/layouts.ts';
import type { ScaledUpdate } from '../../weights/lora/changes.ts';
import { openLora } from '../../weights/lora/lora-file.ts';
import { loraTargets } from '../../weights/lora/targets.ts';
import { overlaid, type StoredTensor, storedTensors } from '../../weights/stored-tensor.ts';
import { readValues } from '../../weights/tensor-values.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { DerivedWeights } from './derived-weights.ts';

const NETWORKS = {
  sd: { unet: 'unet_sd15', text_encoder: 'clip' },
  sdxl: { unet: 'unet_sdxl', text_encoder: 'clip', text_encoder_2: 'clip_projected' },
  flux: { transformer: 'flux_dev' },
} as const;

let folder: string;
let networks: Map<NetworkFolder, ReferenceNetwork>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-merge-'));
  networks = new Map();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  for (const network of networks.values()) network.remove();
});

const idle = async () => {};
const weights = (mostBytes?: number) =>
  new DerivedWeights(join(folder, 'derived'), mostBytes === undefined ? {} : { mostBytes });
const files = () => readdirSync(join(folder, 'derived')).sort();

const bytesOf = ({ path, offset, length }: StoredTensor) =>
  new Uint8Array(readFileSync(path).subarray(offset, offset + length));

/** The networks of a case, and what its LoRAs do to each. */
function prepare(name: string, dtype: StoredType = 'F32', weights = loraCases[name]?.weights ?? []) {
  const { kind } = loraCases[name] as (typeof loraCases)[string];
  for (const [component, network] of Object.entries(NETWORKS[kind])) {
    networks.set(component as NetworkFolder, new ReferenceNetwork(network, dtype));
  }
  const tensors = new Map([...networks].map(([component, { path }]) => [component, storedTensors(path)]));
  const updates = new Map<NetworkFolder, ScaledUpdate[]>();
  for (const [index, weight] of weights.entries()) {
    const targets = loraTargets(openLora(writeReferenceLora(folder, name, index)), tensors, 'the small model');
    expect(targets.unmatched).toEqual([]);
    for (const [component, own] of targets.updates) {
      const scaled = own.map((update) => ({ update, weight }));
      updates.set(component, [...(updates.get(component) ?? []), ...scaled]);
    }
  }
  return { tensors, updates };
}

async function run(component: NetworkFolder, weights: WeightView): Promise<Tensor | undefined> {
  const network = networks.get(component) as ReferenceNetwork;
  const { config, inputs } = network;
  const floats = (...values: number[]) => tensor('float32', [values.length], Float32Array.from(values));
  if (component === 'unet') {
    const model = buildUnet(parseUnetConfig(config, 'unet'), weights, cpuDialect);
    return (await runOnce(model, { ...inputs, timestep: floats(741) })).prediction;
  }
  if (component !== 'transformer') {
    const model = buildClipTextEncoder(parseClipTextConfig(config, 'clip'), weights, cpuDialect);
    return (await runOnce(model, { input_ids: network.inputIds })).hidden_states;
  }
  const [, , height, width] = network.input('latents').dims as [number, number, number, number];
  const model = buildFluxTransformer(parseFluxConfig(config, 'transformer'), weights, cpuDialect);
  const { prediction } = await runOnce(model, fluxInputs(network));
  return unpackLatents(prediction as Tensor<'float32'>, height, width);
}

test.each(Object.keys(loraCases))('%s changes the networks as diffusers or LyCORIS does', async (name) => {
  const { tensors, updates } = prepare(name);
  expect(updates.size).toBeGreaterThan(0);
  for (const [component, own] of updates) {
    const base = tensors.get(component) as StoredTensor[];
    const changed = await weights().merged(base, own, cpuDialect, idle);
    const output = await run(component, WeightView.of(overlaid(base, changed)));
    expect(relativeError(output, fusedOutput(name, component)), component).toBeLessThan(2e-5);
  }
});

test.each([
  ['F16', 'float32', 'F16', float32ToFloat16],
  ['BF16', 'float32', 'BF16', float32ToBfloat16],
  ['F16', 'float16', 'F16', float32ToFloat16],
  ['BF16', 'float16', 'F16', float32ToFloat16],
  ['F32', 'float16', 'F16', float32ToFloat16],
] as const)('weights in %s become, for %s, %s and are rounded once', async (stored, type, dtype, rounded) => {
  const merge = async (stored: StoredType, dialect: Dialect) => {
    const { tensors, updates } = prepare('sd_peft', stored);
    const base = tensors.get('text_encoder') as StoredTensor[];
    return weights().merged(base, updates.get('text_encoder') ?? [], dialect, idle);
  };
  const exact = await merge('F32', cpuDialect);
  for (const network of networks.values()) network.remove();
  const half = await merge(stored, type === 'float32' ? cpuDialect : dmlDialect);
  for (const [index, weight] of half.entries()) {
    expect(weight.dtype).toBe(dtype);
    const bits = new Uint16Array(bytesOf(weight).buffer);
    expect(bits).toEqual(rounded(new Float32Array(bytesOf(exact[index] as StoredTensor).buffer)));
  }
});

test('weights of eight bits become bfloat16, times their scale', async () => {
  const { tensors, updates } = prepare('sd_peft', 'F8_E4M3');
  const own = updates.get('text_encoder') ?? [];
  const { path } = networks.get('text_encoder') as ReferenceNetwork;
  const base = (tensors.get('text_encoder') as StoredTensor[]).map((weight) => ({ ...weight, scale: oneHalf(folder) }));
  for (const changed of await weights().merged(
    base,
    own.map((scaled) => ({ ...scaled, weight: 0 })),
    cpuDialect,
    idle,
  )) {
    expect(changed.dtype).toBe('BF16');
    const original = readValues(storedTensors(path).find(({ name }) => name === changed.name) as StoredTensor);
    expect(readValues(changed)).toEqual(original.map((value) => value / 2));
  }
});

function oneHalf(inside: string): StoredTensor {
  const half = { shape: [], values: Float32Array.of(0.5) };
  return storedTensors(writeSafetensors(join(inside, 'half.safetensors'), { half }, 'F32'))[0] as StoredTensor;
}

test('weights of 0 and of opposite signs leave the numbers as they are', async () => {
  const { tensors, updates } = prepare('sd_two', 'F16', [0, 0]);
  const base = tensors.get('unet') as StoredTensor[];
  const [first, ...rest] = updates.get('unet') as [ScaledUpdate, ...ScaledUpdate[]];
  const opposite = [{ ...first, weight: 0.5 }, { ...first, weight: -0.5 }, ...rest];
  for (const changed of await weights().merged(base, opposite, cpuDialect, idle)) {
    const original = base.find(({ name }) => name === changed.name) as StoredTensor;
    expect(changed.path).not.toBe(original.path);
    expect(bytesOf(changed)).toEqual(bytesOf(original));
  }
});

test.each(['sd_peft', 'sd_dora_loha'])('%s changes what is arranged otherwise as it is stored', async (name) => {
  const { tensors, updates } = prepare(name);
  const base = (tensors.get('unet') ?? []).filter(({ shape }) => shape.length === 2);
  const names = new Set(base.map((weight) => weight.name));
  const own = (updates.get('unet') ?? []).filter(({ update }) => names.has(update.name));
  const plain = await weights().merged(base, own, cpuDialect, idle);
  expect(plain.length).toBeGreaterThan(2);
  for (const arrangement of ['transposed', 'halves swapped'] as const) {
    const stored = Object.fromEntries(base.map((weight) => [weight.name, rearranged(weight, arrangement)]));
    const path = writeSafetensors(join(folder, `${arrangement}.safetensors`), stored, 'F32');
    const other = storedTensors(path).map((weight) => ({ ...weight, arrangement }));
    for (const [index, weight] of (await weights().merged(other, own, cpuDialect, idle)).entries()) {
      const { values } = rearranged(plain[index] as StoredTensor, arrangement);
      expect(largestDifference(readValues(weight), values), weight.name).toBeLessThan(1e-5);
    }
  }
});

/** A matrix as a file in that arrangement has it. */
function rearranged(weight: StoredTensor, arrangement: 'transposed' | 'halves swapped') {
  const plain = readValues(weight);
  const [rows = 0, columns = 0] = weight.shape;
  if (arrangement === 'halves swapped') {
    const half = plain.length / 2;
    return { shape: weight.shape, values: plain.map((_, place) => plain[(place + half) % plain.length] as number) };
  }
  const values = plain.map((_, place) => plain[(place % rows) * columns + Math.floor(place / rows)] as number);
  return { shape: [columns, rows], values };
}

const largestDifference = (some: Float32Array, others: Float32Array) =>
  some.reduce((most, value, place) => Math.max(most, Math.abs(value - (others[place] as number))), 0);

test('a merge is computed once, and again when a weight or a file has changed', async () => {
  const { tensors, updates } = prepare('sd_peft');
  const base = tensors.get('text_encoder') as StoredTensor[];
  const own = updates.get('text_encoder') as ScaledUpdate[];
  const computed: number[] = [];
  const merge = (scaled: readonly ScaledUpdate[]) =>
    weights().merged(base, scaled, cpuDialect, async (index) => {
      computed.push(index);
    });
  const first = await merge(own);
  expect(computed).toEqual(first.map((_, index) => index));
  computed.length = 0;
  expect(await merge(own)).toEqual(first);
  expect(computed).toEqual([]);
  await merge(own.map((scaled) => ({ ...scaled, weight: 0.25 })));
  expect(files()).toHaveLength(2);
  utimesSync(networks.get('text_encoder')?.path as string, 1, 1);
  await merge(own);
  expect(files()).toHaveLength(3);
});

test('where the model is on another drive, what is not changed comes along', async () => {
  const { tensors, updates } = prepare('sd_peft');
  const base = tensors.get('text_encoder') as StoredTensor[];
  const own = updates.get('text_encoder') as ScaledUpdate[];
  const near = await weights().merged(base, own, cpuDialect, idle);
  expect(near.length).toBeLessThan(base.length);
  const derived = join(folder, 'derived');
  const driveOf = (path: string) => (path.startsWith(derived) ? 'D:' : 'C:');
  const far = await new DerivedWeights(derived, { driveOf }).merged(base, own, cpuDialect, idle);
  expect(new Set(far.map(({ name }) => name))).toEqual(new Set(base.map(({ name }) => name)));
  expect(far.every(({ path }) => path.startsWith(derived))).toBe(true);
  const results = await Promise.all(
    [near, far].map((changed) => run('text_encoder', WeightView.of(overlaid(base, changed)))),
  );
  expect(results[0]).toBeDefined();
  expect(results[1]).toEqual(results[0]);
});

test('the files that were used the longest ago make room, never the newest', async () => {
  const { tensors, updates } = prepare('sd_peft');
  const base = tensors.get('text_encoder') as StoredTensor[];
  const merge = (weight: number, room: number) =>
    weights(room).merged(
      base,
      (updates.get('text_encoder') ?? []).map((scaled) => ({ ...scaled, weight })),
      cpuDialect,
      idle,
    );
  const [{ path: oldest = '' } = {}] = await merge(1, 1);
  const { size } = statSync(oldest);
  const [{ path: used = '' } = {}] = await merge(2, 3 * size);
  utimesSync(oldest, 100, 100);
  utimesSync(used, 50, 50);
  await merge(2, 3 * size);
  const [{ path: newest = '' } = {}] = await merge(3, 2 * size);
  expect(files().map((name) => join(folder, 'derived', name))).toEqual([used, newest].sort());
});

test('all are counted and deleted, and made again when they are needed', async () => {
  const { tensors, updates } = prepare('sd_peft');
  const base = tensors.get('text_encoder') as StoredTensor[];
  const kept = weights();
  expect(kept.kept()).toEqual({ folder: join(folder, 'derived'), bytes: 0 });
  const merge = () => kept.merged(base, updates.get('text_encoder') as ScaledUpdate[], cpuDialect, idle);
  const [{ path = '' } = {}] = await merge();
  expect(kept.kept().bytes).toBe(statSync(path).size);
  kept.clear();
  expect([kept.kept().bytes, files()]).toEqual([0, []]);
  await merge();
  expect(existsSync(path)).toBe(true);
});

test('a merge that is stopped leaves no file', async () => {
  const { tensors, updates } = prepare('sd_peft');
  const stop = async (index: number) => {
    if (index === 2) throw new Error('stopped');
  };
  const base = tensors.get('unet') as StoredTensor[];
  await expect(weights().merged(base, updates.get('unet') ?? [], cpuDialect, stop)).rejects.toThrow('stopped');
  expect(files()).toEqual([]);
});

test('what a process that was ended left half written goes, and what another one writes stays', async () => {
  const { tensors, updates } = prepare('sd_peft');
  mkdirSync(join(folder, 'derived'));
  const [ended, running] = ['a.safetensors.4194999.tmp', `b.safetensors.${process.ppid}.tmp`] as const;
  for (const name of [ended, running]) writeFileSync(join(folder, 'derived', name), 'half');
  const base = tensors.get('text_encoder') as StoredTensor[];
  await weights().merged(base, updates.get('text_encoder') ?? [], cpuDialect, idle);
  expect(files()).toContain(running);
  expect(files()).not.toContain(ended);
});
