import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { Region, Size } from './tiles.ts';

interface Piece {
  readonly region: Region;
  readonly data: Float32Array;
}

/**
 * An image in the host's memory, in the pieces in which a network gave it: as one array it may be larger than Electron
 * allows, and pieces can go as soon as they have been read for the last time.
 */
export class TiledImage {
  readonly channels: number;
  #pieces: Piece[] = [];

  constructor(channels: number) {
    this.channels = channels;
  }

  /** An image that a network gave as a whole: [1, channels, height, width]. */
  static of({ dims, data }: Tensor<'float32'>): TiledImage {
    const [, channels = 0, height = 0, width = 0] = dims;
    const image = new TiledImage(channels);
    image.add({ top: 0, left: 0, height, width }, data);
    return image;
  }

  /** The image of that size as one array: [1, channels, height, width]. */
  whole({ height, width }: Size): Tensor<'float32'> {
    const data = new Float32Array(this.channels * height * width);
    this.read({ top: 0, left: 0, height, width }, data);
    return tensor('float32', [1, this.channels, height, width], data);
  }

  /** @param data float32 [channels, height, width] of the region; it is kept, not copied */
  add(region: Region, data: Float32Array): void {
    this.#pieces.push({ region, data });
  }

  /**
   * Copies a region that was added, in one or in several pieces.
   *
   * @param result float32 [channels, height, width] of the region
   */
  read(region: Region, result: Float32Array): void {
    for (const piece of this.#pieces) copyOverlap(piece, { region, data: result }, this.channels);
  }

  /** Frees the pieces that end above a row. */
  dropAbove(row: number): void {
    this.#pieces = this.#pieces.filter(({ region }) => region.top + region.height > row);
  }
}

function copyOverlap(from: Piece, to: Piece, channels: number): void {
  const top = Math.max(from.region.top, to.region.top);
  const bottom = Math.min(from.region.top + from.region.height, to.region.top + to.region.height);
  const left = Math.max(from.region.left, to.region.left);
  const width = Math.min(from.region.left + from.region.width, to.region.left + to.region.width) - left;
  if (bottom <= top || width <= 0) return;
  for (let channel = 0; channel < channels; channel++) {
    for (let y = top; y < bottom; y++) {
      copyRow(from.data, offset(from.region, channel, y, left), to.data, offset(to.region, channel, y, left), width);
    }
  }
}

/** Most rows between tiles are one pixel long: a view for each would cost more than the copying. */
const SHORT_ROW = 16;

function copyRow(from: Float32Array, source: number, to: Float32Array, target: number, length: number): void {
  if (length >= SHORT_ROW) to.set(from.subarray(source, source + length), target);
  else for (let index = 0; index < length; index++) to[target + index] = from[source + index] as number;
}

function offset({ top, left, height, width }: Region, channel: number, y: number, x: number): number {
  return (channel * height + y - top) * width + x - left;
}
