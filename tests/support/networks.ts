import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnnxModel } from '../../engine/onnx/graph-builder.ts';
import { type Provider, Session } from '../../engine/ort/session.ts';
import { type Tensor, tensor } from '../../engine/tensor/tensor.ts';
import { readReferenceJson, readReferenceTensors } from './fixtures.ts';
import { type StoredTensor, type StoredType, writeSafetensors } from './safetensors.ts';

interface NetworkCase {
  readonly config: Record<string, unknown>;
  readonly tensors: Record<string, number[]>;
  readonly inputs: Record<string, number[]>;
  readonly input_ids?: number[][];
}

const cases = readReferenceJson<Record<string, NetworkCase>>('networks/networks.json.gz');
const outputs = readReferenceTensors('networks/networks.safetensors');

/** A small network of tests/reference/networks with its weights written to a file, and what diffusers made of it. */
export class ReferenceNetwork {
  readonly config: Record<string, unknown>;
  readonly path: string;
  readonly name: string;
  readonly #case: NetworkCase;
  readonly #folder: string;

  constructor(
    name: string,
    dtype: StoredType = 'F32',
    change: (tensors: Record<string, StoredTensor>) => void = () => {},
  ) {
    this.name = name;
    this.#case = cases[name] as NetworkCase;
    this.config = this.#case.config;
    this.#folder = mkdtempSync(join(tmpdir(), 'headroom-network-'));
    const tensors = referenceWeights(this.#case.tensors);
    change(tensors);
    this.path = writeSafetensors(join(this.#folder, `${name}.safetensors`), tensors, dtype);
  }

  input(name: string): Tensor<'float32'> {
    const dims = this.#case.inputs[name] as number[];
    return referenceInput(`${this.name}/${name}`, dims);
  }

  /** All inputs that are stored numbers. */
  get inputs(): Record<string, Tensor> {
    return Object.fromEntries(Object.keys(this.#case.inputs).map((name) => [name, this.input(name)]));
  }

  get inputIds(): Tensor<'int64'> {
    const ids = this.#case.input_ids as number[][];
    return tensor('int64', [ids.length, ids[0]?.length ?? 0], BigInt64Array.from(ids.flat(), BigInt));
  }

  /** What diffusers or transformers put out. */
  output(name: string): Float32Array {
    return outputs.get(`${this.name}/${name}`) as Float32Array;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** The weights that the references were recorded with. */
export function referenceWeights(shapes: Readonly<Record<string, readonly number[]>>): Record<string, StoredTensor> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, values: weightValues(name, shape) }]),
  );
}

/** Gives each matrix a scale, as checkpoints in eight bits have it; the numbers that they stand for become others. */
export function withScales(tensors: Record<string, StoredTensor>): void {
  for (const [name, { shape }] of Object.entries(tensors)) {
    if (shape.length !== 2 || !name.endsWith('.weight')) continue;
    const scale: StoredTensor = { shape: [], values: Float32Array.of(0.7), dtype: 'F32' };
    tensors[name.replace(/weight$/, 'scale_weight')] = scale;
  }
}

/** A recorded input, named `case/input`. weights.py: model_input */
export function referenceInput(name: string, dims: readonly number[]): Tensor<'float32'> {
  return tensor(
    'float32',
    dims,
    numbers(name, product(dims)).map((value) => value / 32),
  );
}

/** Runs a graph once, on the CPU if nothing else is said. */
export async function runOnce(
  model: OnnxModel,
  inputs: Record<string, Tensor>,
  provider: Provider = 'cpu',
): Promise<Record<string, Tensor>> {
  const session = await Session.create(model, { name: 'test network', provider });
  try {
    return await session.run(inputs);
  } finally {
    await session.release();
  }
}

/** Runs the parts of a graph one after the other, each on what earlier ones handed over. */
export async function runParts(
  parts: readonly OnnxModel[],
  inputs: Record<string, Tensor>,
  run: (model: OnnxModel, inputs: Record<string, Tensor>) => Promise<Record<string, Tensor>> = runOnce,
): Promise<Record<string, Tensor>> {
  let values = inputs;
  for (const part of parts) {
    const given = Object.fromEntries(part.inputs.map(({ name }) => [name, values[name] as Tensor]));
    values = { ...values, ...(await run(part, given)) };
  }
  return values;
}

/** ‖actual − expected‖ / ‖expected‖, or infinity where the lengths differ or a number is not finite. */
export function relativeError(actual: Tensor | undefined, expected: Float32Array): number {
  if (actual?.data.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let size = 0;
  for (const [index, value] of expected.entries()) {
    difference += (Number(actual.data[index]) - value) ** 2;
    size += value ** 2;
  }
  const error = Math.sqrt(difference / size);
  return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY;
}

/** weights.py: numbers */
function numbers(name: string, count: number): Float32Array {
  let seed = 2166136261;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 16777619);
  return Float32Array.from({ length: count }, (_, index) => {
    let x = (Math.imul(index, 0x9e3779b9) + seed) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    x ^= x >>> 15;
    return (x >>> 25) - 64;
  });
}

/** weights.py: values */
function weightValues(name: string, shape: readonly number[]): Float32Array {
  const whole = numbers(name, product(shape));
  if (name.endsWith('bias')) return whole.map((value) => value / 512);
  if (shape.length === 1) return whole.map((value) => 1 + value / 128);
  const fanIn = product(shape.slice(1));
  let scale = 1;
  while (4 / scale ** 2 <= fanIn) scale /= 2;
  return whole.map((value) => (value / 64) * scale * 2);
}

function product(shape: readonly number[]): number {
  return shape.reduce((result, dim) => result * dim, 1);
}
