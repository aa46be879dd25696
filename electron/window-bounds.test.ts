import { expect, test } from 'vitest';
import { openingPlace } from './window-bounds.ts';

const main = { x: 0, y: 25, width: 1920, height: 1055 };
const second = { x: 1920, y: 0, width: 2560, height: 1440 };
const at = (x: number, y: number) => ({ bounds: { x, y, width: 1200, height: 800 }, maximised: false });

test('opens where it was while a screen shows it there', () => {
  expect(openingPlace(at(2000, 100), [main, second])).toEqual({ x: 2000, y: 100, width: 1200, height: 800 });
  expect(openingPlace(at(-500, 100), [main])).toEqual({ x: -500, y: 100, width: 1200, height: 800 });
});

test('comes back from a screen that is gone, or from above the screen', () => {
  for (const place of [at(2000, 100), at(-1190, 100), at(100, -300), at(100, 2000)]) {
    expect(openingPlace(place, [main])).toEqual({ width: 1200, height: 800 });
  }
});

test('fits a small screen the first time', () => {
  expect(openingPlace(null, [{ x: 0, y: 0, width: 1280, height: 720 }])).toEqual({ width: 1280, height: 720 });
  expect(openingPlace(null, [])).toEqual({ width: 1440, height: 900 });
});
