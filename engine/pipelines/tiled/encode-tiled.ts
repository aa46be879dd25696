import { type Model, tiledEncoder } from '../../families/model.ts';
import type { ComponentLease } from '../../memory/component.ts';
import type { MemoryPlan } from '../../memory/plan.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Stage } from '../stage.ts';
import { withComponent } from '../with-component.ts';
import { GroupMoments } from './group-moments.ts';
import { blockWork, runBlocks, shares } from './run-blocks.ts';
import { inTiles } from './run-step.ts';
import { TiledImage } from './tiled-image.ts';

export interface EncodeOptions {
  readonly residency: MemoryPlan['residency'];
  /** What a run's values need at most, if that is known. */
  readonly activationBytes: number | undefined;
}

/**
 * What the encoder says of a picture, in tiles of at most `tileSize` latents on each side: see `decodeTiled`.
 *
 * @param sample float32 [1, 3, height, width]
 * @returns the encoder's outputs
 * @throws HeadroomError `cancelled` between tiles, and whatever the networks throw
 */
export async function encodeTiled(
  model: Model,
  sample: Tensor<'float32'>,
  tileSize: number,
  stage: Stage,
  { residency, activationBytes }: EncodeOptions,
): Promise<Record<string, Tensor>> {
  const { blocks, tail } = tiledEncoder(model);
  const { downscale } = model.latents;
  const [, , height = 0, width = 0] = sample.dims;
  const size = { height: height / downscale, width: width / downscale };
  const which = 'the picture';
  const work = blocks.map(blockWork);
  // The mid block has about as much to do as the last of the blocks.
  const stages = shares(stage, [...work, work.at(-1) as number]);

  const picture = { image: TiledImage.of(sample), moments: new GroupMoments() };
  const runner = { phase: 'encode', size, tileSize, residency, which, activationBytes } as const;
  const { image } = await runBlocks(model, blocks, picture, stages, runner);
  const tailStage = stages.at(-1) as Stage;
  const runTail = async (lease: ComponentLease) => {
    tailStage.progress('encode', 0, inTiles('encode', which));
    const whole = image.whole(size);
    return lease.run({ image: whole }, `encode ${which}, tail`, whole.dims.join(' × '));
  };
  return withComponent(tailStage, model, tail, runTail, { residency, activationBytes, isEstimated: false });
}
