import { expect, test } from 'vitest';
import { parametersText } from './parameters.ts';

const pixels = { width: 256, height: 128, rgb: new Uint8Array() };

test('the settings in the words and the order that other tools read', () => {
  const settings = {
    model: 'starter',
    prompt: 'red apple\non a table',
    negative_prompt: 'banana',
    seed: 42,
    steps: 20,
    guidance_scale: 4,
    scheduler: 'ddim',
  };
  expect(parametersText({ ...pixels, settings })).toBe(
    'red apple\non a table\nNegative prompt: banana\n' +
      'Steps: 20, Sampler: ddim, CFG scale: 4, Seed: 42, Size: 256x128, Model: starter, Version: Headroom',
  );
});

test('what is empty or unknown is left out, and a value with a comma is quoted', () => {
  expect(parametersText({ ...pixels, settings: { prompt: 'cat', negative_prompt: '', model: 'a, b' } })).toBe(
    'cat\nSize: 256x128, Model: "a, b", Version: Headroom',
  );
  expect(parametersText({ ...pixels, settings: {} })).toBeUndefined();
});
