import { expect, test } from 'vitest';
import { freshNodeId } from './ids.ts';

const among =
  (...taken: string[]) =>
  (id: string) =>
    taken.includes(id);

test.each([
  ['image_generate', [], 'generate'],
  ['image_generate', ['generate'], 'generate_2'],
  ['image_generate', ['generate', 'generate_2', 'generate_4'], 'generate_3'],
  ['load_model', [], 'model'],
  ['save_image', ['save'], 'save_2'],
  ['clear_cache', [], 'clear_cache'],
  ['load_image', [], 'load_image'],
])('%s beside %j becomes %s', (type, taken, expected) => {
  expect(freshNodeId(type, among(...taken))).toBe(expected);
});
