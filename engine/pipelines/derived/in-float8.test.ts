import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCudaGraph } from '../../../tests/support/cuda-on-cpu.ts';
import { ReferenceNetwork, relativeError, runOnce } from '../../../tests/support/networks.ts';
import { fluxInputs } from '../../../tests/support/reference-calls.ts';
import type { StoredType } from '../../../tests/support/safetensors.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { cudaDialect } from '../../layers/dialects/cuda.ts';
import { dmlDialect } from '../../layers/dialects/dml.ts';
import { withEightBits } from '../../layers/dialects/eight-bits.ts';
import { parseFluxConfig } from '../../models/flux/config.ts';
import { buildFluxTransformer } from '../../models/flux/graph.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Factors } from '../../weights/lora/factors.ts';
import type { WeightUpdate } from '../../weights/lora/targets.ts';
import { overlaid, type StoredTensor, storedTensors } from '../../weights/stored-tensor.ts';
import { readValues, scaleOf } from '../../weights/tensor-values.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { DerivedWeights } from './derived-weights.ts';

const eightBits = withEightBits(cudaDialect);
const idle = async () => {};

let folder: string;
const networks: ReferenceNetwork[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-eight-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  for (const network of networks.splice(0)) network.remove();
});

function flux(dtype: StoredType = 'F32'): ReferenceNetwork {
  const network = new ReferenceNetwork('flux_dev', dtype);
  networks.push(network);
  return network;
}

const derived = () => new DerivedWeights(join(folder, 'derived'));
const values = (weight: StoredTensor) => readValues(weight).map((value) => value * scaleOf(weight));

async function prediction(network: ReferenceNetwork, tensors: readonly StoredTensor[], dialect: Dialect) {
  const model = buildFluxTransformer(parseFluxConfig(network.config, 'flux'), WeightView.of(tensors), dialect);
  const inputs = fluxInputs(network);
  const results = dialect.computeType === 'float16' ? runCudaGraph(model, 'float16', inputs) : runOnce(model, inputs);
  return { prediction: (await results).prediction as Tensor<'float32'>, weightBytes: model.weightBytes };
}

test.each<StoredType>(['F32', 'F16', 'BF16'])(
  'matrices in %s become eight bits, each half a step off at most',
  async (dtype) => {
    const base = storedTensors(flux(dtype).path);
    const converted = await derived().converted(base, eightBits, idle);
    const matrices = base.filter(({ shape }) => shape.length === 2);
    expect(converted.map(({ name }) => name)).toEqual(matrices.map(({ name }) => name));
    for (const [index, weight] of matrices.entries()) {
      const made = converted[index] as StoredTensor;
      expect(made.dtype).toBe('F8_E4M3');
      const [before, after] = [values(weight), values(made)];
      const smallest = scaleOf(made) * 2 ** -9;
      expect(
        after.every((value, at) => Math.abs(value - before[at]!) <= Math.max(Math.abs(before[at]!) / 15.9, smallest)),
      ).toBe(true);
    }
  },
);

test('a network in eight bits takes half the memory and predicts nearly the same', async () => {
  const network = flux();
  const base = storedTensors(network.path);
  const converted = overlaid(base, await derived().converted(base, eightBits, idle));
  const exact = await prediction(network, base, cpuDialect);
  const eight = await prediction(network, converted, eightBits);
  const sixteen = await prediction(network, base, cudaDialect);
  expect(eight.weightBytes / sixteen.weightBytes).toBeLessThan(0.65);
  const error = relativeError(eight.prediction, exact.prediction.data);
  expect(error).toBeLessThan(0.15);
  // Cast as they are, small numbers have few bits.
  const cast = flux('F8_E4M3');
  expect(error).toBeLessThan(
    relativeError((await prediction(cast, storedTensors(cast.path), cudaDialect)).prediction, exact.prediction.data),
  );
});

test('devices that do not keep eight bits are left as they are', async () => {
  for (const dialect of [cpuDialect, dmlDialect]) expect(withEightBits(dialect)).toBe(dialect);
});

function updateOf({ name, path }: StoredTensor, factors: Factors): WeightUpdate {
  const difference = { ranks: [factors.rank], read: () => [factors] };
  return {
    layer: name,
    path,
    name,
    difference,
    rows: { first: 0, count: factors.rows },
    arrangement: 'plain',
  } as never;
}

test('what a LoRA adds survives in eight bits, though it is smaller than their steps', async () => {
  const base = storedTensors(flux('F8_E4M3').path);
  const weight = base.find(({ name }) => name.endsWith('ff.net.2.weight')) as StoredTensor;
  const [rows, columns] = weight.shape as [number, number];
  const small = (length: number, seed: number) =>
    Float32Array.from({ length }, (_, i) => 0.05 * Math.sin(seed * (i + 1)));
  const factors: Factors = { rows, rank: 2, columns, up: small(rows * 2, 1.7), down: small(columns * 2, 2.3) };
  const update = updateOf(weight, factors);
  const merge = (dialect: Dialect, tensors: readonly StoredTensor[]) =>
    derived().merged(tensors, [{ update, weight: 1 }], dialect, idle);
  const [eight] = (await merge(cudaDialect, base)) as [StoredTensor];
  expect(eight.dtype).toBe('F8_E4M3');
  const before = values(weight);
  const after = values(eight);
  let [along, length] = [0, 0];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const added = [0, 1].reduce((sum, r) => sum + factors.up[row * 2 + r]! * factors.down[r * columns + column]!, 0);
      along += added * (after[row * columns + column]! - before[row * columns + column]!);
      length += added * added;
    }
  }
  expect(along / length).toBeGreaterThan(0.7);
  expect(along / length).toBeLessThan(1.3);
  const [again] = (await new DerivedWeights(join(folder, 'again')).merged(
    base,
    [{ update, weight: 1 }],
    cudaDialect,
    idle,
  )) as [StoredTensor];
  expect(values(again)).toEqual(after);
});
