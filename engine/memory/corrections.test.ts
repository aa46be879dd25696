import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Corrections } from './corrections.ts';

const MEBIBYTE = 2 ** 20;
const NETWORK = 'sd15 unet cuda';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-corrections-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ofNext = (device = 'a card') => new Corrections(folder, device).corrected(NETWORK, 100 * MEBIBYTE) / MEBIBYTE;

it('multiplies what is estimated by what was measured, of that network on that device, also in a later process', () => {
  const corrections = new Corrections(folder, 'a card');
  expect(corrections.corrected(NETWORK, 100)).toBe(100);
  corrections.learn(NETWORK, 40 * MEBIBYTE, 50 * MEBIBYTE);
  expect(corrections.corrected(NETWORK, 100)).toBe(125);
  expect(corrections.corrected('sd15 vae_decoder cuda', 100)).toBe(100);
  expect([ofNext(), ofNext('another card')]).toEqual([125, 100]);
  expect(readdirSync(folder)).toEqual(['memory-corrections.json']);
});

it('says when it learned what makes estimates say something else', () => {
  const corrections = new Corrections(folder, 'a card');
  corrections.learn(NETWORK, 100 * MEBIBYTE, 100.5 * MEBIBYTE);
  expect(corrections.learnedAt).toBeNull();
  const before = Date.now();
  corrections.learn(NETWORK, 100 * MEBIBYTE, 125 * MEBIBYTE);
  expect(corrections.learnedAt).toBeGreaterThanOrEqual(before);
  expect(new Corrections(folder, 'a card').learnedAt).toBeNull();
});

it('learns nothing from small runs, and believes no measurement that is far off', () => {
  const corrections = new Corrections(folder, 'a card');
  corrections.learn(NETWORK, MEBIBYTE / 2, 5 * MEBIBYTE);
  expect(corrections.corrected(NETWORK, 100)).toBe(100);
  corrections.learn(NETWORK, MEBIBYTE, 100 * MEBIBYTE);
  expect(corrections.corrected(NETWORK, 100)).toBe(300);
  corrections.learn(NETWORK, 100 * MEBIBYTE, 1);
  expect(corrections.corrected(NETWORK, 100)).toBe(50);
});

it.each([
  ['is no JSON', '{"version":1,'],
  ['is of another version', '{"version":9,"factors":{}}'],
  ['holds factors that cannot be', `{"version":1,"factors":{"a card ${NETWORK}":-7}}`],
])('a file that %s only costs what was learned', (_, text) => {
  writeFileSync(join(folder, 'memory-corrections.json'), text);
  expect(ofNext()).toBe(100);
  new Corrections(folder, 'a card').learn(NETWORK, 100 * MEBIBYTE, 125 * MEBIBYTE);
  expect(ofNext()).toBe(125);
});

it('a folder that cannot be written costs nothing else', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const corrections = new Corrections(file, 'a card');
  corrections.learn(NETWORK, 100 * MEBIBYTE, 125 * MEBIBYTE);
  expect(corrections.corrected(NETWORK, 100)).toBe(125);
});
