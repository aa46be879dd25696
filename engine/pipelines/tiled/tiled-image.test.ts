import { describe, expect, it } from 'vitest';
import { TiledImage } from './tiled-image.ts';
import { type Region, tilesOf } from './tiles.ts';

const size = { height: 7, width: 5 };
const channels = 3;
const numberAt = (channel: number, y: number, x: number) => channel * 100 + y * 10 + x;

function numbersOf({ top, left, height, width }: Region): Float32Array {
  return Float32Array.from({ length: channels * height * width }, (_, index) => {
    const [channel, pixel] = [Math.floor(index / (height * width)), index % (height * width)];
    return numberAt(channel, top + Math.floor(pixel / width), left + (pixel % width));
  });
}

function read(image: TiledImage, region: Region): Float32Array {
  const result = new Float32Array(channels * region.height * region.width);
  image.read(region, result);
  return result;
}

function inTiles(): TiledImage {
  const image = new TiledImage(channels);
  for (const { core } of tilesOf(size, 3, 1)) image.add(core, numbersOf(core));
  return image;
}

describe('an image in tiles', () => {
  it.each<Region>([
    { top: 0, left: 0, ...size },
    { top: 1, left: 1, height: 5, width: 3 },
    { top: 2, left: 2, height: 1, width: 1 },
    { top: 0, left: 4, height: 7, width: 1 },
  ])('is read across its pieces: %o', (region) => {
    expect(read(inTiles(), region)).toEqual(numbersOf(region));
  });

  it('lets go of what lies above a row, and of nothing else', () => {
    const image = inTiles();
    image.dropAbove(3);
    const below = { top: 3, left: 0, height: 4, width: 5 };
    expect(read(image, below)).toEqual(numbersOf(below));
    expect(read(image, { top: 0, left: 0, height: 2, width: 5 }).every((value) => value === 0)).toBe(true);
  });
});
