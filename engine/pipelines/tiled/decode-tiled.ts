import { type Model, tiledDecoder } from '../../families/model.ts';
import type { Pixels } from '../../images/picture.ts';
import type { ComponentLease } from '../../memory/components.ts';
import { growth, type TileStep } from '../../models/vae/tile-steps.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { type DecodeOptions, decodeLatents, toPixels, toVaeLatents } from '../decode-latents.ts';
import { asFloat32 } from '../encode-text.ts';
import { unstack } from '../latents.ts';
import { type Stage, withComponent, within } from '../stage.ts';
import { GroupMoments } from './group-moments.ts';
import { idleInputs, runStep, type StepImages } from './run-step.ts';
import { TiledImage } from './tiled-image.ts';
import { tileCount, tilesOf } from './tiles.ts';

/**
 * The pictures of latents as `decodeLatents` draws them, in tiles of at most `tileSize` latents on each side: the device
 * holds one tile at a time, the host the rest. Up to rounding the pictures are the same, because every group norm gets the
 * mean and variance of the whole picture. Latents that fit one tile are decoded as a whole, others one after the other.
 *
 * @throws HeadroomError `cancelled` between tiles, and whatever the networks throw
 */
export async function decodeTiled(
  model: Model,
  latents: Tensor<'float32'>,
  tileSize: number,
  stage: Stage,
  options: DecodeOptions = {},
): Promise<Pixels[]> {
  const [count = 0, , height = 0, width = 0] = latents.dims;
  if (tileCount({ height, width }, tileSize) === 1) return decodeLatents(model, latents, stage, options);
  const decoded: Pixels[] = [];
  for (const [index, picture] of unstack(latents).entries()) {
    const which = count === 1 ? 'the picture' : `picture ${index + 1} of ${count}`;
    const share = within(stage, index / count, (index + 1) / count);
    decoded.push(toPixels(await decodePicture(model, picture, tileSize, { ...options, stage: share, which })));
  }
  stage.progress('decode', 1, 'decoded');
  return decoded;
}

interface PictureOptions extends DecodeOptions {
  readonly stage: Stage;
  /** Such as "picture 2 of 3". */
  readonly which: string;
}

async function decodePicture(
  model: Model,
  picture: Tensor<'float32'>,
  tileSize: number,
  { stage, which, residency = 'resident', activationBytes }: PictureOptions,
): Promise<Tensor<'float32'>> {
  const { head, blocks } = tiledDecoder(model);
  const [, , height = 0, width = 0] = picture.dims;
  const work = blocks.map(({ steps }) => sum(steps.map(workOf)));
  // The mid block has about as much to do as the first of the blocks.
  const [headStage, ...stages] = shares(stage, [work[0] as number, ...work]) as [Stage, ...Stage[]];

  const runHead = async (lease: ComponentLease): Promise<StepImages> => {
    headStage.progress('decode', 0, `decoding ${which} in tiles`);
    const latents = toVaeLatents(picture, model.latents);
    return headImages(await lease.run({ latents }, `decode ${which}, head`, latents.dims.join(' × '), activationBytes));
  };
  let images = await withComponent(headStage, model, head, runHead, { residency, isEstimated: false });
  for (const [index, { component, steps }] of blocks.entries()) {
    const blockStage = stages[index] as Stage;
    const runBlock = async (lease: ComponentLease): Promise<StepImages> => {
      const idle = idleInputs(steps);
      let current = images;
      for (const [position, stepStage] of shares(blockStage, steps.map(workOf)).entries()) {
        const step = steps[position] as TileStep;
        const tiles = tilesOf({ height, width }, tileSize, step.scale);
        current = await runStep(step, tiles, current, { lease, idle, stage: stepStage, which, activationBytes });
      }
      return current;
    };
    images = await withComponent(blockStage, model, component, runBlock, { residency, isEstimated: false });
  }
  return wholePicture(images.image, height * model.latents.downscale, width * model.latents.downscale);
}

function headImages({ image: output, moments: measured }: Record<string, Tensor>): StepImages {
  const { dims, data } = asFloat32(output);
  const [, channels = 0, height = 0, width = 0] = dims;
  const image = new TiledImage(channels);
  image.add({ top: 0, left: 0, height, width }, data);
  const moments = new GroupMoments();
  moments.add(height * width, asFloat32(measured).data);
  return { image, moments };
}

function wholePicture(image: TiledImage, height: number, width: number): Tensor<'float32'> {
  const data = new Float32Array(image.channels * height * width);
  image.read({ top: 0, left: 0, height, width }, data);
  return tensor('float32', [1, image.channels, height, width], data);
}

/** Multiplications of a step for each latent, but for a factor that all steps have. */
function workOf(step: TileStep): number {
  return step.from * step.to * (step.scale * growth(step)) ** 2;
}

/** Parts of a stage that follow each other and take as much of its progress as they weigh. */
function shares(stage: Stage, weights: readonly number[]): Stage[] {
  const total = sum(weights);
  let before = 0;
  return weights.map((weight) => {
    const from = before / total;
    before += weight;
    return within(stage, from, before / total);
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
