import type { ValueInfo } from '../../onnx/value-info.ts';
import type { VaeConfig } from './config.ts';

/**
 * A part of the decoder between one group norm and the next, which is as far as a picture can be decoded tile by tile:
 * a group norm needs the mean and variance over all tiles. In order of use:
 *
 * - `conv1`: the first half of a residual block, image → hidden; where channels change also the shortcut, image → image
 * - `conv2`: its second half, hidden + image → image
 * - `upsample`: image → image of twice the size
 * - `conv_out`: image → the picture
 */
export interface TileStep {
  readonly kind: 'conv1' | 'conv2' | 'upsample' | 'conv_out';
  /** Where its weights are in the decoder, such as `up_blocks.0.resnets.0`; empty for the decoder itself. */
  readonly layer: string;
  readonly from: number;
  readonly to: number;
  readonly groups: number;
  /** Pixels of what it reads for each latent, along one side. */
  readonly scale: number;
  /** Whether a group norm reads its result, and so needs its moments. */
  readonly measured: boolean;
}

/** The steps that run in one graph, one at a time. */
export interface TileBlock {
  /** Such as `up_blocks.0`. */
  readonly name: string;
  readonly steps: readonly TileStep[];
}

/** All that follows the decoder's mid block. */
export function decoderTileBlocks(config: VaeConfig): TileBlock[] {
  const { norm_num_groups: groups, out_channels: colours } = config;
  const channels = config.block_out_channels.toReversed();
  let from = channels[0] as number;
  return channels.map((to, index) => {
    const name = `up_blocks.${index}`;
    const scale = 2 ** index;
    const last = index === channels.length - 1;
    const steps: TileStep[] = [];
    for (let resnet = 0; resnet <= config.layers_per_block; resnet++) {
      const common = { layer: `${name}.resnets.${resnet}`, to, groups, scale };
      const measured = last || resnet < config.layers_per_block;
      steps.push({ ...common, kind: 'conv1', from, measured: true }, { ...common, kind: 'conv2', from: to, measured });
      from = to;
    }
    const common = { from, groups, scale };
    steps.push(
      last
        ? { ...common, kind: 'conv_out', layer: '', to: colours, measured: false }
        : { ...common, kind: 'upsample', layer: `${name}.upsamplers.0.conv`, to, measured: true },
    );
    return { name, steps };
  });
}

/** What the inputs and outputs of a step in its graph begin with. */
export function stepName({ layer, kind }: TileStep): string {
  return layer === '' ? kind : `${layer}.${kind}`;
}

/** How much larger its result is than what it reads. */
export function growth({ kind }: TileStep): number {
  return kind === 'upsample' ? 2 : 1;
}

export function hasShortcut({ kind, from, to }: TileStep): boolean {
  return kind === 'conv1' && from !== to;
}

/**
 * The inputs of a step: `tile`, a part of an image with a pixel of its surroundings on each side where there are any;
 * `core_start` and `core_end` (rows, columns), what of the result is this tile's; `mean` and `variance` over the whole
 * image for each group; `image`, what `conv2` adds to the core.
 */
export function stepInputs(step: TileStep): ValueInfo[] {
  const { from, to, groups, kind } = step;
  const name = stepName(step);
  const inputs: ValueInfo[] = [
    { name: `${name}.tile`, type: 'float32', dims: [1, from, `${name}.height`, `${name}.width`] },
    { name: `${name}.core_start`, type: 'int64', dims: [2] },
    { name: `${name}.core_end`, type: 'int64', dims: [2] },
  ];
  if (kind !== 'upsample') {
    inputs.push(
      { name: `${name}.mean`, type: 'float32', dims: [groups, 1] },
      { name: `${name}.variance`, type: 'float32', dims: [groups, 1] },
    );
  }
  if (kind === 'conv2') {
    inputs.push({ name: `${name}.image`, type: 'float32', dims: [1, to, `${name}.rows`, `${name}.columns`] });
  }
  return inputs;
}
