import { describe, expect, it } from 'vitest';
import { type Region, type Tile, tileCount, tilesOf } from './tiles.ts';

const bottom = ({ top, height }: Region) => top + height;
const right = ({ left, width }: Region) => left + width;

function countCovered(tiles: readonly Tile[], height: number, width: number): number[] {
  const covered = Array<number>(height * width).fill(0);
  for (const { core } of tiles) {
    for (let y = core.top; y < bottom(core); y++)
      for (let x = core.left; x < right(core); x++) covered[y * width + x]! += 1;
  }
  return covered;
}

describe.each([
  { height: 64, width: 64, tileSize: 16, scale: 1, count: 16 },
  { height: 64, width: 64, tileSize: 24, scale: 8, count: 9 },
  { height: 40, width: 56, tileSize: 16, scale: 2, count: 12 },
  { height: 17, width: 5, tileSize: 16, scale: 4, count: 2 },
  { height: 7, width: 3, tileSize: 1, scale: 1, count: 21 },
  { height: 9, width: 9, tileSize: 16, scale: 8, count: 1 },
])(
  '$height × $width latents in tiles of $tileSize, $scale pixels each',
  ({ height, width, tileSize, scale, count }) => {
    const size = { height, width };
    const image = { top: 0, left: 0, height: height * scale, width: width * scale };
    const tiles = tilesOf(size, tileSize, scale);

    it('gives each pixel to one tile, in cores that are not too large', () => {
      expect(tiles).toHaveLength(count);
      expect(tileCount(size, tileSize)).toBe(count);
      expect(new Set(countCovered(tiles, image.height, image.width))).toEqual(new Set([1]));
      expect(Math.max(...tiles.flatMap(({ core }) => [core.height, core.width]))).toBeLessThanOrEqual(tileSize * scale);
    });

    it('reads a pixel more than the core wherever the image has one, in windows of one size', () => {
      for (const { core, window } of tiles) {
        expect(window.top).toBeGreaterThanOrEqual(0);
        expect(window.left).toBeGreaterThanOrEqual(0);
        expect(window.top).toBeLessThanOrEqual(Math.max(0, core.top - 1));
        expect(window.left).toBeLessThanOrEqual(Math.max(0, core.left - 1));
        expect(bottom(window)).toBeGreaterThanOrEqual(Math.min(image.height, bottom(core) + 1));
        expect(right(window)).toBeGreaterThanOrEqual(Math.min(image.width, right(core) + 1));
        expect(bottom(window)).toBeLessThanOrEqual(image.height);
        expect(right(window)).toBeLessThanOrEqual(image.width);
      }
      expect(new Set(tiles.map(({ window }) => `${window.height} × ${window.width}`)).size).toBe(1);
    });

    it('goes row after row, so that what was read above is not wanted again', () => {
      const tops = tiles.map(({ window }) => window.top);
      expect(tops).toEqual(tops.toSorted((a, b) => a - b));
    });
  },
);
