import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { relativeError, runOnce } from '../../tests/support/networks.ts';
import { writeSafetensors } from '../../tests/support/safetensors.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { ModelProtoSchema } from '../onnx/proto/onnx_pb.ts';
import { tensor } from '../tensor/tensor.ts';
import { type Arrangement, storedTensors } from '../weights/stored-tensor.ts';
import { WeightView } from '../weights/weight-view.ts';
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

test.each(STORED)('a matrix that is stored %s is the same matrix, and no session has to turn it', async (...stored) => {
  const [arrangement, shape, values] = stored;
  const file = {
    weight: { shape, values: Float32Array.from(values) },
    bias: { shape: [to], values: Float32Array.from(bias) },
  };
  const tensors = storedTensors(writeSafetensors(join(folder, 'linear.safetensors'), file, 'F32'));
  const arranged = tensors.map((each) => (each.name === 'weight' ? { ...each, arrangement } : each));
  const g = GraphBuilder.create('linear', cpuDialect.opset);
  const input = g.input({ name: 'x', type: 'float32', dims: [1, from] });
  const y = linear(new LayerScope(g, WeightView.of(arranged), cpuDialect), input, { from, to });
  g.output({ name: 'y', type: 'float32', dims: [1, to] }, y);
  const model = g.build();
  const results = await runOnce(model, { x: tensor('float32', [1, from], Float32Array.from(x)) });
  expect(relativeError(results.y, expected)).toBeLessThan(1e-6);
  const { graph } = fromBinary(ModelProtoSchema, model.bytes);
  expect(graph?.node.map(({ opType }) => opType)).not.toContain('Transpose');
});
