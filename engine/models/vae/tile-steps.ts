import type { ValueInfo } from '../../onnx/value-info.ts';
import type { VaeConfig } from './config.ts';

/**
 * A part of an encoder or decoder between one group norm and the next, which is as far as a picture can be worked on tile by
 * tile: a group norm needs the mean and variance over all tiles.
 *
 * - `conv_in`: the picture → image
 * - `conv1`: the first half of a residual block, image → hidden; where channels change also the shortcut, image → image
 * - `conv2`: its second half, hidden + image → image
 * - `downsample`, `upsample`: image → image of half or twice the size
 * - `conv_out`: image → the picture
 */
export interface TileStep {
  readonly kind: 'conv_in' | 'conv1' | 'conv2' | 'downsample' | 'upsample' | 'conv_out';
  /** Where its weights are in the network, such as `up_blocks.0.resnets.0`; empty for the network itself. */
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
  readonly network: 'encoder' | 'decoder';
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
    const steps = resnetSteps(name, config.layers_per_block + 1, { from, to, groups, scale }, last);
    from = to;
    const common = { from, groups, scale };
    steps.push(
      last
        ? { ...common, kind: 'conv_out', layer: '', to: colours, measured: false }
        : { ...common, kind: 'upsample', layer: `${name}.upsamplers.0.conv`, to, measured: true },
    );
    return { network: 'decoder', name, steps };
  });
}

/** All that comes before the encoder's mid block. */
export function encoderTileBlocks(config: VaeConfig): TileBlock[] {
  const { norm_num_groups: groups, in_channels: colours, block_out_channels: channels } = config;
  let from = channels[0] as number;
  return channels.map((to, index) => {
    const name = `down_blocks.${index}`;
    const scale = 2 ** (channels.length - 1 - index);
    const steps = resnetSteps(name, config.layers_per_block, { from, to, groups, scale }, false);
    if (index === 0) {
      steps.unshift({ kind: 'conv_in', layer: '', from: colours, to: from, groups, scale, measured: true });
    }
    from = to;
    if (scale > 1) {
      const layer = `${name}.downsamplers.0.conv`;
      steps.push({ kind: 'downsample', layer, from, to, groups, scale, measured: true });
    }
    return { network: 'encoder', name, steps };
  });
}

/** @param lastMeasured whether a group norm reads what they result in */
function resnetSteps(
  block: string,
  count: number,
  { from, ...size }: Pick<TileStep, 'from' | 'to' | 'groups' | 'scale'>,
  lastMeasured: boolean,
): TileStep[] {
  return Array.from({ length: count }, (_, resnet): TileStep[] => {
    const common = { ...size, layer: `${block}.resnets.${resnet}` };
    const measured = lastMeasured || resnet < count - 1;
    return [
      { ...common, kind: 'conv1', from: resnet === 0 ? from : size.to, measured: true },
      { ...common, kind: 'conv2', from: size.to, measured },
    ];
  }).flat();
}

/** What the inputs and outputs of a step in its graph begin with. */
export function stepName({ layer, kind }: TileStep): string {
  return layer === '' ? kind : `${layer}.${kind}`;
}

/** How much larger its result is than what it reads. */
export function growth({ kind }: TileStep): number {
  return kind === 'upsample' ? 2 : kind === 'downsample' ? 1 / 2 : 1;
}

/** Pixels that it reads around a core: half the size is counted from an even pixel on. */
export function halo({ kind }: TileStep): number {
  return kind === 'downsample' ? 2 : 1;
}

/** The side of the smallest image that it can read. */
export function smallestSide({ kind }: TileStep): number {
  return kind === 'downsample' ? 2 : 1;
}

/** Whether a group norm is its first layer. */
export function isNormalized({ kind }: TileStep): boolean {
  return kind === 'conv1' || kind === 'conv2' || kind === 'conv_out';
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
  if (isNormalized(step)) {
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
