import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runOnce } from '../../tests/support/networks.ts';
import { STORED_TYPES, writeSafetensors } from '../../tests/support/safetensors.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { cast, multiply } from '../onnx/operators.ts';
import { type StoredTensor, storedTensors } from './stored-tensor.ts';
import { scaleOf } from './tensor-values.ts';
import { type FoundWeight, WeightView } from './weight-view.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-vectors-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Small and large ones, such as float16 has no normal number for, and all signs. */
const NUMBERS = Float32Array.from({ length: 512 }, (_, index) => {
  const size = 2 ** ((index % 48) - 30) * (1 + Math.abs(Math.sin(index)));
  return index % 3 === 0 ? -size : size;
});
const SCALE = 0.7;

function vector(dtype: (typeof STORED_TYPES)[number], isScaled = false): FoundWeight {
  const stored = (name: string, values: Float32Array, type: typeof dtype) => {
    const file = writeSafetensors(
      join(folder, `${name}.safetensors`),
      { [name]: { shape: [values.length], values } },
      type,
    );
    return storedTensors(file)[0] as StoredTensor;
  };
  const scale = isScaled ? stored('scale', Float32Array.of(SCALE), 'F32') : undefined;
  return WeightView.of([{ ...stored('bias', NUMBERS, dtype), scale }]).expect('bias', [NUMBERS.length]);
}

const cases = STORED_TYPES.flatMap((dtype) =>
  (['float32', 'float16'] as const).flatMap((type) =>
    [false, true].map((isScaled) => [dtype, type, isScaled] as const),
  ),
).filter(([dtype, , isScaled]) => !isScaled || dtype.startsWith('F8'));

test.each(cases)(
  'vectors in %s become the %s numbers that the runtime makes of them (times a scale: %s)',
  async (dtype, type, isScaled) => {
    const weight = vector(dtype, isScaled);
    const g = GraphBuilder.create('vectors', { opset: 21 });
    const dims = [NUMBERS.length];
    const float32 = cast(g, g.weight(weight), 'float32');
    const scaled = isScaled ? multiply(g, float32, g.constant('float32', [scaleOf(weight)], [])) : float32;
    g.output({ name: 'cast', type, dims }, cast(g, scaled, type));
    g.output({ name: 'turned', type, dims }, g.turnedWeight({ weight, type }));
    const { cast: expected, turned } = await runOnce(g.build(), {});
    expect(turned?.data).toEqual(expected?.data);
  },
);

test('they are read when the graph is written, and the file is named if it cannot be', () => {
  const weight = vector('BF16');
  const g = GraphBuilder.create('vectors', { opset: 21 });
  g.output({ name: 'turned', type: 'float16', dims: [NUMBERS.length] }, g.turnedWeight({ weight, type: 'float16' }));
  const model = g.build();
  expect(model.weightBytes).toBe(2 * NUMBERS.length);
  rmSync(weight.path);
  expect(() => model.bytes).toThrow(
    expect.objectContaining({ code: 'file', message: expect.stringContaining(weight.path) }),
  );
});
