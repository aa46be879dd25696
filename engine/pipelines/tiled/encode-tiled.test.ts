import { afterEach, describe, expect, it } from 'vitest';
import {
  cudaEnvironment,
  expectedShapes,
  modelWithVae,
  observedEnvironment,
} from '../../../tests/support/autoencoders.ts';
import { relativeError } from '../../../tests/support/compare.ts';
import { environmentWith, quietEnvironment, quietStage, starterModel } from '../../../tests/support/engine.ts';
import { ReferenceNetwork } from '../../../tests/support/networks.ts';
import type { Model } from '../../families/model.ts';
import { cudaDialect } from '../../layers/dialects/cuda.ts';
import { DeviceMemory } from '../../memory/device-memory.ts';
import { TorchGenerator } from '../../tensor/noise.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { encodeImage } from '../encode-image.ts';
import { NO_WISHES } from '../memory-wishes.ts';
import type { Stage } from '../stage.ts';
import { ladderFor } from '../text-to-image.ts';
import { withComponent } from '../with-component.ts';
import { encodeTiled } from './encode-tiled.ts';
import { tiledEncodeRuns } from './tiled-runs.ts';

const starter = starterModel();
const environment = quietEnvironment();
const OPTIONS = { residency: 'resident', activationBytes: undefined } as const;
let network: ReferenceNetwork | undefined;
afterEach(() => {
  network?.remove();
  network = undefined;
});

/** A picture of noise. @param size in latents */
function sampleFor({ latents: { downscale } }: Model, [height, width]: readonly [number, number]): Tensor<'float32'> {
  const dims = [1, 3, height * downscale, width * downscale];
  return tensor('float32', dims, new TorchGenerator(7).randn(dims).data);
}

const whole = (model: Model, sample: Tensor<'float32'>, stage: Stage) =>
  withComponent(stage, model, model.family.vaeEncoder, (lease) => lease.run({ sample }, 'encode', 'whole'));

/** How far the outputs in tiles are from those of the encoder. */
async function difference(model: Model, size: readonly [number, number], tile: number, stage: Stage): Promise<number> {
  const sample = sampleFor(model, size);
  const expected = await whole(model, sample, quietStage({ environment: quietEnvironment() }));
  const tiled = await encodeTiled(model, sample, tile, stage, OPTIONS);
  const errors = (['mean', 'logvar'] as const).map((name) => {
    expect(tiled[name]?.dims).toEqual(expected[name]?.dims);
    return relativeError(tiled[name]?.data as Float32Array, expected[name]?.data as Float32Array);
  });
  return Math.max(...errors);
}

describe('encoding in tiles says what encoding the whole says', () => {
  it.each<[number, number, number]>([
    [20, 12, 8],
    [17, 9, 8],
    [5, 3, 1],
  ])('of %i × %i latents in tiles of %i', async (height, width, tile) => {
    const stage = quietStage({ environment });
    expect(await difference(starter, [height, width], tile, stage)).toBeLessThan(1e-5);
  });

  it.each(['vae', 'vae_old_names', 'vae_bare', 'vae_flux'])('with other autoencoders: %s', async (name) => {
    network = new ReferenceNetwork(name);
    const model = modelWithVae(starter, network, name);
    expect(await difference(model, [6, 5], 2, quietStage())).toBeLessThan(1e-5);
  });

  it.each([
    { dialect: cudaDialect.float32, most: 1e-5 },
    { dialect: cudaDialect, most: 5e-3 },
  ])('with the channels last in $dialect.computeType', async ({ dialect, most }) => {
    network = new ReferenceNetwork('vae');
    const stage = quietStage({ environment: cudaEnvironment(dialect) });
    expect(await difference(modelWithVae(starter, network, 'vae'), [6, 5], 3, stage)).toBeLessThan(most);
  });
});

it('asks the device for what is known before', async () => {
  const { environment: observed, shapes } = observedEnvironment();
  await encodeTiled(starter, sampleFor(starter, [24, 16]), 8, quietStage({ environment: observed }), OPTIONS);
  const runs = tiledEncodeRuns(starter, { height: 24, width: 16 }, 8);
  expect(shapes).toEqual(expectedShapes(runs, shapes));
  expect(tiledEncodeRuns(starter, { height: 8, width: 8 }, 8)).toMatchObject([{ component: { name: 'vae_encoder' } }]);
});

it('is what a picture too large for the encoder is read by, where memory runs out', async () => {
  const [side, rungs] = [256, [] as string[]];
  const picture = { width: side, height: side, rgb: Uint8Array.from({ length: 3 * side ** 2 }, (_, at) => at % 251) };
  const request = {
    model: starter,
    width: side,
    height: side,
    guidanceScale: 1,
    count: 1,
    parts: ['picture'],
  } as const;
  const read = async (limit: number | null, mode: 'auto' | 'resident') => {
    const limited = environmentWith(await DeviceMemory.open('cpu', limit));
    const stage = quietStage({ environment: limited, recovery: (rung) => rungs.push(rung) });
    try {
      const ladder = ladderFor({ ...request, memory: { ...NO_WISHES, mode } }, stage);
      return await encodeImage(starter, picture, stage, ladder);
    } finally {
      await limited.components.evictIdle();
    }
  };
  const free = await read(null, 'auto');
  for (const mode of ['auto', 'resident'] as const) {
    rungs.length = 0;
    const { mean } = await read(24 * 2 ** 20, mode);
    expect(rungs).toContain('vae-tiling');
    expect(relativeError(mean.data, free.mean.data)).toBeLessThan(1e-5);
  }
});
