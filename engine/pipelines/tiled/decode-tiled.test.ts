import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  cudaEnvironment,
  expectedShapes,
  modelWithVae,
  observedEnvironment,
} from '../../../tests/support/autoencoders.ts';
import { peakSignalToNoise } from '../../../tests/support/compare.ts';
import { environmentWith, quietEnvironment, quietStage, starterModel } from '../../../tests/support/engine.ts';
import { readReferenceTensors } from '../../../tests/support/fixtures.ts';
import { ReferenceNetwork } from '../../../tests/support/networks.ts';
import type { Model } from '../../families/model.ts';
import type { Pixels } from '../../images/picture.ts';
import { cudaDialect } from '../../layers/dialects/cuda.ts';
import { DeviceMemory } from '../../memory/device-memory.ts';
import { TorchGenerator } from '../../tensor/noise.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { decodeLatents } from '../decode-latents.ts';
import type { Stage } from '../stage.ts';
import { decodeTiled } from './decode-tiled.ts';
import { tiledDecodeRuns } from './tiled-runs.ts';

const model = starterModel();
const environment = quietEnvironment();
const stage = (overrides: Partial<Stage> = {}) => quietStage({ environment, ...overrides });

function noise(seed: number, dims: readonly number[]): Tensor<'float32'> {
  return tensor('float32', dims, new TorchGenerator(seed).randn(dims).data);
}

/** The latents of a picture that was drawn, four times, so that it is 512 pixels wide and high. */
function drawnLatents(): Tensor<'float32'> {
  const drawn = readReferenceTensors('starter/reference.safetensors')
    .get('ddim.latents')!
    .slice(-4 * 32 * 32);
  const data = Float32Array.from({ length: 4 * 64 * 64 }, (_, index) => {
    const [channel, y, x] = [Math.floor(index / 4096), Math.floor(index / 64) % 32, index % 32];
    return drawn[(channel * 32 + y) * 32 + x]!;
  });
  return tensor('float32', [1, 4, 64, 64], data);
}

function expectSame(actual: readonly Pixels[], expected: readonly Pixels[], decibels = 60): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, { width, height, rgb }] of actual.entries()) {
    const other = expected[index]!;
    expect([width, height]).toEqual([other.width, other.height]);
    expect(peakSignalToNoise(rgb, other.rgb)).toBeGreaterThan(decibels);
  }
}

describe('decoding in tiles draws what decoding the whole draws', () => {
  const drawn = drawnLatents();
  let whole: Pixels[];
  beforeAll(async () => {
    whole = await decodeLatents(model, drawn, stage());
  });

  it.each([16, 24, 32])('at 512 × 512 pixels in tiles of %d latents', async (tileSize) => {
    expectSame(await decodeTiled(model, drawn, tileSize, stage()), whole);
  });

  it.each([
    { dims: [1, 4, 40, 56], tileSize: 16 },
    { dims: [1, 4, 17, 9], tileSize: 8 },
    { dims: [1, 4, 6, 40], tileSize: 16 },
    { dims: [1, 4, 5, 3], tileSize: 1 },
  ])('of $dims latents in tiles of $tileSize', async ({ dims, tileSize }) => {
    const latents = noise(7, dims);
    expectSame(await decodeTiled(model, latents, tileSize, stage()), await decodeLatents(model, latents, stage()));
  });

  it('of several pictures', async () => {
    const latents = noise(8, [3, 4, 12, 20]);
    expectSame(await decodeTiled(model, latents, 8, stage()), await decodeLatents(model, latents, stage()));
  });

  it('with the decoder itself where one tile is enough', async () => {
    const alone = quietEnvironment();
    const latents = noise(9, [1, 4, 8, 8]);
    const [picture] = await decodeTiled(model, latents, 8, stage({ environment: alone }));
    const [whole] = await decodeLatents(model, latents, stage());
    expect(Buffer.compare(picture!.rgb, whole!.rgb)).toBe(0);
    expect(alone.components.ledger().map(({ component }) => component)).toEqual(['vae_decoder']);
  });
});

describe('other autoencoders and devices', () => {
  let network: ReferenceNetwork | undefined;
  afterEach(() => network?.remove());

  /** A small network of the references as the VAE of a model. */
  function modelOf(name: string): { model: Model; latents: Tensor<'float32'> } {
    network = new ReferenceNetwork(name);
    const small = modelWithVae(model, network, name);
    return { model: small, latents: noise(4, [1, small.latents.channels, 6, 5]) };
  }

  it.each(['vae', 'vae_old_names', 'vae_bare', 'vae_flux'])('draw the same: %s', async (name) => {
    const { model, latents } = modelOf(name);
    expectSame(await decodeTiled(model, latents, 2, quietStage()), await decodeLatents(model, latents, quietStage()));
  });

  it.each([
    { dialect: cudaDialect.float32, decibels: 60 },
    { dialect: cudaDialect, decibels: 50 },
  ])('draw the same in $dialect.computeType with the channels last', async ({ dialect, decibels }) => {
    const { model, latents } = modelOf('vae');
    const onCuda = quietStage({ environment: cudaEnvironment(dialect) });
    expectSame(
      await decodeTiled(model, latents, 3, onCuda),
      await decodeLatents(model, latents, quietStage()),
      decibels,
    );
  });
});

describe('what it asks of the device', () => {
  it('is a fraction of the memory', async () => {
    const latents = noise(10, [1, 4, 48, 48]);
    const whole = await peakBytes((inArena) => decodeLatents(model, latents, inArena));
    const tiled = await peakBytes((inArena) => decodeTiled(model, latents, 16, inArena));
    expect(tiled).toBeLessThan(whole / 4);
  });

  it('fits under a limit, with one of its parts resident at a time', async () => {
    const latents = noise(15, [1, 4, 48, 48]);
    const limited = environmentWith(await DeviceMemory.open('cpu', 20 * 2 ** 20));
    const resident = new Set<number>();
    const progress = () => {
      resident.add(limited.components.ledger().filter((entry) => entry.resident).length);
    };
    try {
      const options = { residency: 'alone', activationBytes: 10 * 2 ** 20 } as const;
      const tiled = await decodeTiled(model, latents, 16, stage({ environment: limited, progress }), options);
      expectSame(tiled, await decodeLatents(model, latents, stage()));
      expect(Math.max(...resident)).toBe(1);
      await expect(decodeLatents(model, latents, stage({ environment: limited }))).rejects.toMatchObject({
        code: 'memory',
      });
    } finally {
      await limited.components.evictIdle();
    }
  });

  it('is known before', async () => {
    const { environment: observed, shapes } = observedEnvironment();
    await decodeTiled(model, noise(11, [1, 4, 24, 16]), 8, quietStage({ environment: observed }));
    const runs = tiledDecodeRuns(model, { height: 24, width: 16 }, 8);
    expect(shapes).toEqual(expectedShapes(runs, shapes));
    expect(tiledDecodeRuns(model, { height: 8, width: 8 }, 8)).toMatchObject([{ component: { name: 'vae_decoder' } }]);
  });

  it('is the weights of the decoder, each once', async () => {
    const own = quietEnvironment();
    await decodeTiled(model, noise(12, [1, 4, 4, 4]), 2, stage({ environment: own }));
    const parts = own.components.ledger().reduce((sum, { weightBytes }) => sum + weightBytes, 0);
    await own.components.evictIdle();
    await decodeLatents(model, noise(12, [1, 4, 4, 4]), stage({ environment: own }));
    expect(own.components.ledger().find(({ resident }) => resident)!.weightBytes).toBe(parts);
  });
});

describe('while it works', () => {
  it('tells its progress in order, from nothing to everything', async () => {
    const fractions: number[] = [];
    await decodeTiled(
      model,
      noise(13, [2, 4, 8, 4]),
      4,
      stage({ progress: (_, fraction) => fractions.push(fraction) }),
    );
    expect(fractions[0]).toBe(0);
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  });

  it('stops between two tiles when it is cancelled', async () => {
    const controller = new AbortController();
    let tiles = 0;
    const progress: Stage['progress'] = (phase) => {
      if (phase === 'decode' && ++tiles === 6) controller.abort();
    };
    const latents = noise(14, [1, 4, 8, 8]);
    await expect(decodeTiled(model, latents, 4, stage({ signal: controller.signal, progress }))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(tiles).toBe(6);
  });
});

async function peakBytes(decode: (inArena: Stage) => Promise<unknown>): Promise<number> {
  const memory = await DeviceMemory.open('cpu', null);
  const inArena = environmentWith(memory);
  try {
    await decode(quietStage({ environment: inArena }));
    return memory.account()!.peakBytes;
  } finally {
    await inArena.components.evictIdle();
  }
}
