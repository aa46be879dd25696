import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCudaGraph } from '../../../tests/support/cuda-on-cpu.ts';
import { writeReferenceLora } from '../../../tests/support/loras.ts';
import { ReferenceNetwork, relativeError } from '../../../tests/support/networks.ts';
import { type StoredType, writeSafetensors } from '../../../tests/support/safetensors.ts';
import type { Dialect } from '../../layers/dialect.ts';
import { cudaDialect } from '../../layers/dialects/cuda.ts';
import { parseUnetConfig } from '../../models/unet/config.ts';
import { buildUnet } from '../../models/unet/graph.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { openLora } from '../../weights/lora/lora-file.ts';
import { loraTargets } from '../../weights/lora/targets.ts';
import { overlaid, type StoredTensor, storedTensors } from '../../weights/stored-tensor.ts';
import { readValues } from '../../weights/tensor-values.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { DerivedWeights } from './derived-weights.ts';

let folder: string;
let network: ReferenceNetwork;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-filters-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  network.remove();
});

/** Those of one pixel are channels last as they are. */
const isFilter = ({ shape: [, , height = 1, width = 1] }: StoredTensor) => height * width > 1;

const isMatrix = ({ shape }: StoredTensor) => shape.length === 2;

function stored(name: string, dtype: StoredType): readonly StoredTensor[] {
  network = new ReferenceNetwork(name, dtype);
  return storedTensors(network.path);
}

/** Some of these with a scale. */
function scaled(tensors: readonly StoredTensor[], which: (weight: StoredTensor) => boolean): StoredTensor[] {
  const scale = { shape: [], values: Float32Array.of(0.7) };
  const [factor] = storedTensors(writeSafetensors(join(folder, 'scale.safetensors'), { scale }, 'F32'));
  return tensors.map((weight) => (which(weight) ? { ...weight, scale: factor } : weight));
}

const converted = (base: readonly StoredTensor[], dialect = cudaDialect) =>
  new DerivedWeights(join(folder, 'derived')).converted(base, dialect, async () => {});

const unet = (tensors: readonly StoredTensor[], dialect = cudaDialect) =>
  buildUnet(parseUnetConfig(network.config, 'unet'), WeightView.of(tensors), dialect);

function run(tensors: readonly StoredTensor[], dialect = cudaDialect) {
  const inputs = { ...network.inputs, timestep: tensor('float32', [1], Float32Array.of(741)) };
  return runCudaGraph(unet(tensors, dialect), 'float16', inputs);
}

describe.each<StoredType>(['F8_E4M3', 'F8_E5M2'])('filters in %s', (dtype) => {
  test('are made channels last, and nothing else', async () => {
    const base = stored('unet_sd15', dtype);
    const turned = await converted(base);
    expect(turned.map(({ name }) => name)).toEqual(base.filter(isFilter).map(({ name }) => name));
    for (const [index, weight] of turned.entries()) {
      const plain = base.filter(isFilter)[index] as StoredTensor;
      expect([weight.dtype, weight.length]).toEqual([plain.dtype, plain.length]);
      const [out = 0, channels = 0, height = 0, width = 0] = plain.shape;
      expect(weight.shape).toEqual([out, height, width, channels]);
      const [from, to] = [readValues(plain), readValues(weight)];
      const pixels = height * width;
      const place = (at: number) => {
        const [filter, pixel, channel] = [
          Math.floor(at / channels / pixels),
          Math.floor(at / channels) % pixels,
          at % channels,
        ];
        return (filter * channels + channel) * pixels + pixel;
      };
      expect(to).toEqual(from.map((_, at) => from[place(at)] as number));
    }
  });

  test('give the numbers that they give where each run turns them', async () => {
    const base = stored('unet_sd15', dtype);
    const turned = overlaid(base, await converted(base));
    expect(await run(turned)).toEqual(await run(base));
    const transposes = (tensors: readonly StoredTensor[]) =>
      unet(tensors).graph.nodes.filter(({ operator }) => operator === 'Transpose').length;
    expect(transposes(base) - transposes(turned)).toBe(base.filter(isFilter).length);
  });
});

test('filters with a scale become float16', async () => {
  const base = scaled(stored('unet_sd15', 'F8_E4M3'), isFilter);
  const turned = await converted(base);
  expect(turned.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual(
    base.filter(isFilter).map(({ name, shape }) => [name, 'F16', shape]),
  );
});

test('what no network can read, and none asks for, is passed by', async () => {
  const base = stored('unet_sd15', 'F8_E4M3');
  const numbers = { ...(base.find(isFilter) as StoredTensor), name: 'numbers', dtype: 'I64' as const };
  expect(await converted([...base, numbers])).toEqual(await converted(base));
});

test('networks that run once for each picture keep them as they are', async () => {
  expect(await converted(stored('vae', 'F8_E4M3'), cudaDialect.float32)).toEqual([]);
});

test('what a LoRA adds to filters is added in float16, and the others stay channels last', async () => {
  const base = stored('unet_sd15', 'F8_E4M3');
  const lora = openLora(writeReferenceLora(folder, 'sd_locon'));
  const { updates } = loraTargets(lora, new Map([['unet', base]]), 'the small model');
  const filters = new Set(base.filter(({ shape }) => shape.length === 4).map(({ name }) => name));
  const own = (updates.get('unet') ?? []).filter(({ name }) => filters.has(name)).slice(0, 8);
  const folding: Dialect = { ...cudaDialect, keptFilters: [], turnsFilters: false };
  const adapted = async (dialect: Dialect) => {
    const changes = own.map((update) => ({ update, weight: 1 }));
    const merged = await new DerivedWeights(join(folder, 'derived')).merged(base, changes, dialect, async () => {});
    expect(merged.map(({ dtype }) => dtype)).toEqual(own.map(() => 'F16'));
    return run(overlaid(overlaid(base, await converted(base, dialect)), merged), dialect);
  };
  const { prediction } = await adapted(cudaDialect);
  const without = (await run(overlaid(base, await converted(base)))).prediction as Tensor<'float32'>;
  expect(relativeError(prediction, without.data)).toBeGreaterThan(1e-2);
  const wanted = (await adapted(folding)).prediction as Tensor<'float32'>;
  expect(relativeError(prediction, wanted.data)).toBeLessThan(2e-3);
});

test('where the model is on another drive, its matrices come along with their scales', async () => {
  const base = scaled(stored('unet_sdxl', 'F8_E4M3'), isMatrix);
  const kept = join(folder, 'derived');
  const driveOf = (path: string) => (path.startsWith(kept) ? 'D:' : 'C:');
  const far = await new DerivedWeights(kept, { driveOf }).converted(base, cudaDialect, async () => {});
  expect(new Set(far.map(({ name }) => name))).toEqual(new Set(base.map(({ name }) => name)));
  for (const weight of far) {
    expect([weight.dtype, weight.path.startsWith(kept)]).toEqual(['F8_E4M3', true]);
    expect([weight.isChannelsLast, weight.scale !== undefined]).toEqual([isFilter(weight), isMatrix(weight)]);
  }
});
