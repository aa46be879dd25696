import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dmlDialect } from '../../engine/layers/dialects/dml.ts';
import { GraphBuilder, type OnnxModel } from '../../engine/onnx/graph-builder.ts';
import { cast, gather } from '../../engine/onnx/operators.ts';
import { Session } from '../../engine/ort/session.ts';
import { DerivedWeights } from '../../engine/pipelines/derived/derived-weights.ts';
import { type StoredTensor, storedTensors } from '../../engine/weights/stored-tensor.ts';
import { readValues } from '../../engine/weights/tensor-values.ts';
import { WeightView } from '../../engine/weights/weight-view.ts';
import { bundledModels, modelAt } from '../support/engine.ts';
import { type StoredType, writeSafetensors } from '../support/safetensors.ts';
import { type Measurement, milliseconds, repeated } from './measure.ts';
import { loadAll } from './pictures.ts';

const TYPES = { F32: 'float32', F16: 'float16', BF16: 'bfloat16', F8_E4M3: 'float8' } as const;
const SIDE = 2048;
const MATRICES = 16;

/** What weights in other types than the device's cost: on the CPU at each load, for a device in float16 once. */
export async function benchWeightTypes(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-weight-types-'));
  try {
    return [...(await loadsOnCpu(folder)), ...(await loadsInFloat16(folder))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function loadsOnCpu(folder: string): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const dtype of Object.keys(TYPES) as (keyof typeof TYPES)[]) {
    const model = modelAt(starterIn(dtype, join(folder, dtype)), dtype);
    const what = `starter model in ${TYPES[dtype]}: load all three components on the CPU`;
    measured.push({ what, unit: 'ms', values: await repeated(5, () => loadAll(model)) });
  }
  return measured;
}

/** Matrices as large as those of a denoiser, for a device that needs them in its type; nothing is computed with them. */
async function loadsInFloat16(folder: string): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  const gigabytes = (2 * MATRICES * SIDE ** 2) / 1e9;
  for (const dtype of ['F16', 'BF16', 'F8_E4M3'] as const) {
    const values = Float32Array.from({ length: SIDE ** 2 }, (_, index) => 0.05 * Math.sin(index));
    const names = Array.from({ length: MATRICES }, (_, index) => `weight.${index}`);
    const tensors = Object.fromEntries(names.map((name) => [name, { shape: [SIDE, SIDE], values }]));
    const stored = storedTensors(writeSafetensors(join(folder, `${dtype}.safetensors`), tensors, dtype));
    const of = `${MATRICES} matrices of ${SIDE} × ${SIDE} in ${TYPES[dtype]}`;
    measured.push({ what: `${of}: load`, unit: 'ms', values: await repeated(5, () => load(graphOf(stored))) });
    if (dtype === 'F16') continue;
    const speeds = await repeated(3, async () => {
      const derived = new DerivedWeights(mkdtempSync(join(folder, 'derived-')));
      return gigabytes / ((await milliseconds(() => derived.converted(stored, dmlDialect, async () => {}))) / 1000);
    });
    measured.push({ what: `${of}: turn into float16, once`, unit: 'GB/s', values: speeds });
  }
  return measured;
}

/** A graph in float16 over the weights, as a device gets them. */
function graphOf(stored: readonly StoredTensor[]): OnnxModel {
  const weights = WeightView.of(stored);
  const g = GraphBuilder.create('weights', { opset: 21 });
  const rows = g.input({ name: 'rows', type: 'int64', dims: ['count'] });
  for (const { name, shape, dtype } of stored) {
    const weight = g.weight(weights.expect(name, shape));
    const half = dtype === 'F16' ? weight : cast(g, weight, 'float16');
    g.output({ name: `${name} rows`, type: 'float16', dims: ['count', SIDE] }, gather(g, half, rows, 0));
  }
  return g.build();
}

async function load(model: OnnxModel): Promise<number> {
  let session: Session | undefined;
  const duration = await milliseconds(async () => {
    session = await Session.create(model, { name: 'weights', provider: 'cpu' });
  });
  await session?.release();
  return duration;
}

/** The starter model with all its weights in another type. */
function starterIn(dtype: StoredType, folder: string): string {
  const starter = join(bundledModels, 'starter');
  cpSync(starter, folder, { recursive: true });
  const { textEncoders, denoiser, vaeDecoder } = modelAt(starter, 'starter').family;
  for (const component of [...textEncoders, denoiser, vaeDecoder]) {
    const { files } = modelAt(starter, 'starter').source.network(component);
    for (const file of files.filter((path) => path.endsWith('.safetensors'))) {
      const tensors = storedTensors(file).map((tensor) => [
        tensor.name,
        { shape: tensor.shape, values: readValues(tensor) },
      ]);
      writeSafetensors(join(folder, file.slice(starter.length)), Object.fromEntries(tensors), dtype);
    }
  }
  return folder;
}
