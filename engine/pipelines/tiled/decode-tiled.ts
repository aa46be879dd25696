import { type Model, tiledDecoder } from '../../families/model.ts';
import type { Pixels } from '../../images/picture.ts';
import type { ComponentLease } from '../../memory/component.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { asFloat32 } from '../as-float32.ts';
import { type DecodeOptions, decodeLatents, toPixels, toVaeLatents } from '../decode-latents.ts';
import { unstack } from '../latents.ts';
import { type Stage, within } from '../stage.ts';
import { withComponent } from '../with-component.ts';
import { GroupMoments } from './group-moments.ts';
import { blockWork, runBlocks, shares } from './run-blocks.ts';
import { inTiles, type StepImages } from './run-step.ts';
import { TiledImage } from './tiled-image.ts';
import { tileCount } from './tiles.ts';

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
  const work = blocks.map(blockWork);
  // The mid block has about as much to do as the first of the blocks.
  const [headStage, ...stages] = shares(stage, [work[0] as number, ...work]) as [Stage, ...Stage[]];

  const runHead = async (lease: ComponentLease): Promise<StepImages> => {
    headStage.progress('decode', 0, inTiles('decode', which));
    const latents = toVaeLatents(picture, model.latents);
    return headImages(await lease.run({ latents }, `decode ${which}, head`, latents.dims.join(' × ')));
  };
  const first = await withComponent(headStage, model, head, runHead, {
    residency,
    activationBytes,
    isEstimated: false,
  });
  const runner = { phase: 'decode', size: { height, width }, tileSize, residency, which, activationBytes } as const;
  const { image } = await runBlocks(model, blocks, first, stages, runner);
  const { downscale } = model.latents;
  return image.whole({ height: height * downscale, width: width * downscale });
}

function headImages({ image: output, moments: measured }: Record<string, Tensor>): StepImages {
  const image = asFloat32(output);
  const [, , height = 0, width = 0] = image.dims;
  const moments = new GroupMoments();
  moments.add(height * width, asFloat32(measured).data);
  return { image: TiledImage.of(image), moments };
}
