import { expect, test } from 'vitest';
import { PictureRegistry } from './pictures.ts';

test('an address leads to its file until it is released, and no other address leads anywhere', () => {
  const pictures = new PictureRegistry();
  const url = pictures.register('/results/a b.png');
  expect(url).toMatch(/^headroom-image:\/\/picture\/[0-9a-f-]{36}$/);
  expect(pictures.resolve(url)).toBe('/results/a b.png');
  for (const other of ['headroom-image://picture/', 'headroom-image://picture/../etc/passwd', '/results/a b.png', '']) {
    expect(pictures.resolve(other)).toBeNull();
  }
  expect(pictures.register('/results/a b.png')).not.toBe(url);
  pictures.release(url);
  expect(pictures.resolve(url)).toBeNull();
});
