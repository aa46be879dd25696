import type { ComponentLease } from '../../memory/component.ts';
import {
  growth,
  hasShortcut,
  isNormalized,
  smallestSide,
  stepInputs,
  stepName,
  type TileStep,
} from '../../models/vae/tile-steps.ts';
import { elementCount, type Tensor, tensor } from '../../tensor/tensor.ts';
import { asFloat32 } from '../as-float32.ts';
import { breathe, type Stage } from '../stage.ts';
import { GroupMoments } from './group-moments.ts';
import { TiledImage } from './tiled-image.ts';
import type { Region, Tile } from './tiles.ts';

/** What the steps of a network hand on. */
export interface StepImages {
  readonly image: TiledImage;
  /** Inside of a residual block. */
  readonly hidden?: TiledImage;
  /** Of the newest of the two, which is what the next step reads. */
  readonly moments: GroupMoments;
}

/** Inputs as small as can be for all steps of a graph; those of the step that runs take their place. */
export function idleInputs(steps: readonly TileStep[]): Record<string, Tensor> {
  const all = steps.flatMap((step) => stepInputs(step).map((info) => ({ ...info, side: smallestSide(step) })));
  const inputs = all.map(({ name, type, dims, side }): [string, Tensor] => {
    const sizes = dims.map((size) => (typeof size === 'number' ? size : side));
    const count = elementCount(sizes);
    if (type !== 'int64') return [name, tensor('float32', sizes, new Float32Array(count))];
    return [name, tensor('int64', sizes, new BigInt64Array(count).fill(name.endsWith('core_end') ? 1n : 0n))];
  });
  return Object.fromEntries(inputs);
}

/** What the steps of a graph are run with. */
export interface StepRunner {
  readonly lease: ComponentLease;
  /** See `idleInputs`. */
  readonly idle: Readonly<Record<string, Tensor>>;
  readonly stage: Stage;
  readonly phase: 'encode' | 'decode';
  /** What is encoded or decoded, such as "picture 2 of 3". */
  readonly which: string;
}

/**
 * Runs a step tile after tile. Pieces of what it reads go as soon as no other tile and no later step wants them.
 *
 * @throws HeadroomError `cancelled` between tiles, and whatever the network throws
 */
export async function runStep(
  step: TileStep,
  tiles: readonly Tile[],
  { image, hidden, moments }: StepImages,
  { lease, idle, stage, phase, which }: StepRunner,
): Promise<StepImages> {
  const name = stepName(step);
  const statistics = isNormalized(step) ? moments.statistics(step.from / step.groups) : undefined;
  const source = hidden ?? image;
  const residual = hidden && image;
  const readTile = reader(source);
  const readResidual = residual && reader(residual);
  const keepsSource = step.kind === 'conv1' && !hasShortcut(step);
  const result = new TiledImage(step.to);
  const shortcut = hasShortcut(step) ? new TiledImage(step.to) : undefined;
  const resultMoments = new GroupMoments();

  for (const [index, { core, window }] of tiles.entries()) {
    stage.progress(phase, index / tiles.length, inTiles(phase, which));
    await breathe(stage);
    const inputs: Record<string, Tensor> = {
      tile: readTile(window),
      ...coreInputs(core, window, growth(step)),
      ...(statistics && { mean: column(statistics.mean), variance: column(statistics.variance) }),
      ...(readResidual && { image: readResidual(core) }),
    };
    const named = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`${name}.${key}`, value]));
    const what = `${phase} ${which}, ${name}, tile ${index + 1} of ${tiles.length}`;
    const kind = `${name} ${window.height} × ${window.width}`;
    const outputs = await lease.run({ ...idle, ...named }, what, kind);
    const part = enlarged(core, growth(step));
    result.add(part, asFloat32(outputs[`${name}.result`]).data);
    shortcut?.add(part, asFloat32(outputs[`${name}.shortcut`]).data);
    if (step.measured) resultMoments.add(part.height * part.width, asFloat32(outputs[`${name}.moments`]).data);

    const next = tiles[index + 1];
    if (!keepsSource) source.dropAbove(next?.window.top ?? Number.POSITIVE_INFINITY);
    residual?.dropAbove(next?.core.top ?? Number.POSITIVE_INFINITY);
  }
  if (step.kind !== 'conv1') return { image: result, moments: resultMoments };
  return { image: shortcut ?? image, hidden: result, moments: resultMoments };
}

/** What is done, in words. */
export function inTiles(phase: 'encode' | 'decode', which: string): string {
  return `${phase === 'encode' ? 'reading' : 'decoding'} ${which} in tiles`;
}

/** Where in the result of a window its core lies. */
function coreInputs(core: Region, window: Region, growth: number): Record<'core_start' | 'core_end', Tensor> {
  const top = (core.top - window.top) * growth;
  const left = (core.left - window.left) * growth;
  return {
    core_start: integers([top, left]),
    core_end: integers([top + core.height * growth, left + core.width * growth]),
  };
}

function enlarged({ top, left, height, width }: Region, by: number): Region {
  return { top: top * by, left: left * by, height: height * by, width: width * by };
}

/** Reads parts of an image, each into the memory of the one before. */
function reader(image: TiledImage): (region: Region) => Tensor {
  let memory = new Float32Array();
  return (region) => {
    const length = image.channels * region.height * region.width;
    if (memory.length < length) memory = new Float32Array(length);
    const data = memory.subarray(0, length);
    image.read(region, data);
    return tensor('float32', [1, image.channels, region.height, region.width], data);
  };
}

function integers(values: readonly number[]): Tensor {
  return tensor('int64', [values.length], BigInt64Array.from(values, BigInt));
}

function column(values: Float32Array): Tensor {
  return tensor('float32', [values.length, 1], values);
}
