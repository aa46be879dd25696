import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { relativeError, runOnce } from '../../tests/support/networks.ts';
import { type StoredTensor, type StoredType, writeSafetensors } from '../../tests/support/safetensors.ts';
import { GraphBuilder, type OnnxModel } from '../onnx/graph-builder.ts';
import { ModelProtoSchema } from '../onnx/proto/onnx_pb.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { type Arrangement, storedTensors } from '../weights/stored-tensor.ts';
import { WeightView } from '../weights/weight-view.ts';
import type { Dialect } from './dialect.ts';
import { cpuDialect } from './dialects/cpu.ts';
import { LayerScope } from './layer-scope.ts';
import { linear } from './linear.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-linear-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const [from, to] = [3, 4];
const weight = Array.from({ length: to }, (_, row) =>
  Array.from({ length: from }, (_, column) => Math.sin(row * 3 + column)),
);
const bias = [0.5, -1, 2, 0.25];
const x = [1, -2, 3];
const expected = Float32Array.from(weight, (row, index) =>
  row.reduce((sum, value, at) => sum + value * x[at]!, bias[index]!),
);

/** The same matrix in each form that files have it in. */
const STORED: readonly [Arrangement, number[], number[]][] = [
  ['plain', [to, from], weight.flat()],
  ['transposed', [from, to], Array.from({ length: from }, (_, column) => weight.map((row) => row[column]!)).flat()],
  ['halves swapped', [to, from], [...weight.slice(to / 2), ...weight.slice(0, to / 2)].flat()],
];

const CAST: Dialect = { ...cpuDialect, keptTypes: ['bfloat16', 'float8e4m3', 'float8e5m2'] };

/** The layer over the matrix in one of these forms, stored in a type. */
function build([arrangement, shape, values]: (typeof STORED)[number], dialect: Dialect, dtype: StoredType, scale = 1) {
  const file: Record<string, StoredTensor> = {
    'layer.weight': { shape, values: Float32Array.from(values), dtype },
    'layer.bias': { shape: [to], values: Float32Array.from(bias) },
  };
  if (scale !== 1) file['layer.weight_scale'] = { shape: [1], values: Float32Array.of(scale) };
  const tensors = storedTensors(writeSafetensors(join(folder, `${dtype}-${scale}.safetensors`), file, 'F32'));
  const arranged = tensors.map((each) => (each.name === 'layer.weight' ? { ...each, arrangement } : each));
  const g = GraphBuilder.create('linear', dialect);
  const input = g.input({ name: 'x', type: 'float32', dims: [1, from] });
  const s = new LayerScope(g, WeightView.of(arranged), dialect).scope('layer');
  g.output({ name: 'y', type: 'float32', dims: [1, to] }, linear(s, input, { from, to }));
  return g.build();
}

const run = async (model: OnnxModel) =>
  (await runOnce(model, { x: tensor('float32', [1, from], Float32Array.from(x)) })).y as Tensor<'float32'>;

test.each(STORED)('a matrix that is stored %s is the same matrix, and no session has to turn it', async (...stored) => {
  const model = build(stored, cpuDialect, 'F32');
  expect(relativeError(await run(model), expected)).toBeLessThan(1e-6);
  const { graph } = fromBinary(ModelProtoSchema, model.bytes);
  expect(graph?.node.map(({ opType }) => opType)).not.toContain('Transpose');
});

describe.each(STORED)('a matrix that is stored %s and kept in its type', (...stored) => {
  test.each<[StoredType, number]>([
    ['BF16', 2],
    ['F8_E4M3', 1],
    ['F8_E5M2', 1],
  ])('%s gives the same numbers as one that is folded, in %i bytes instead of four', async (dtype, bytes) => {
    const [kept, folded] = [build(stored, CAST, dtype), build(stored, cpuDialect, dtype)];
    expect(await run(kept)).toEqual(await run(folded));
    expect(folded.weightBytes - kept.weightBytes).toBe((4 - bytes) * from * to);
  });

  test('is multiplied by its scale', async () => {
    const [kept, folded] = [build(stored, CAST, 'F8_E4M3', 0.7), build(stored, cpuDialect, 'F8_E4M3', 0.7)];
    expect(relativeError(await run(kept), (await run(folded)).data)).toBeLessThan(1e-6);
    expect(relativeError(await run(build(stored, CAST, 'F8_E4M3')), (await run(folded)).data)).toBeGreaterThan(0.01);
  });
});
