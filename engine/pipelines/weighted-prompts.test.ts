import { describe, expect, it } from 'vitest';
import { relativeError } from '../../tests/support/compare.ts';
import { quietEnvironment, quietStage, starterModel } from '../../tests/support/engine.ts';
import type { Conditioning } from '../families/family.ts';
import { encodeText } from './encode-text.ts';
import { NO_WISHES } from './memory-wishes.ts';
import { ladderFor } from './text-to-image.ts';

const model = starterModel();
const environment = quietEnvironment();
const TOKENS = 77;
const WIDTH = 192;

/** What the starter model's text encoder says of each prompt, and what was warned of. */
async function encode(texts: readonly string[], plain = false) {
  const warnings: string[] = [];
  const stage = quietStage({ environment, warning: (message) => warnings.push(message) });
  const { steps, guidanceScale, scheduler } = model.defaults;
  const size = { width: 64, height: 64, seed: 0, count: 1, prompt: '', negativePrompt: '' };
  const request = { model, steps, guidanceScale, scheduler, memory: NO_WISHES, ...size };
  const prompts = texts.map((text) => ({ text, field: 'prompt', plain }));
  return { encoded: await encodeText(model, prompts, stage, ladderFor(request, stage)), warnings };
}

const states = ({ states: { data } }: Conditioning) => data;
const [plain, empty] = (await encode(['a red apple', ''])).encoded.map(states) as [Float32Array, Float32Array];

describe('weights', () => {
  it('move the weighted tokens alone, away from what is said of nothing', async () => {
    const { encoded } = await encode(['a (red:1.5) apple']);
    const expected = plain.map((value, index) => {
      // Begin, "a", "red".
      const weight = Math.floor(index / WIDTH) === 2 ? 1.5 : 1;
      const nothing = empty[index] as number;
      return nothing + weight * (value - nothing);
    });
    expect(relativeError(states(encoded[0]!), expected)).toBeLessThan(1e-6);
    expect(relativeError(states(encoded[0]!), plain)).toBeGreaterThan(1e-3);
  });

  it('of 1 change nothing, and are text where prompts are plain', async () => {
    const { encoded } = await encode(['a (red:1) apple']);
    expect(Buffer.compare(Buffer.from(states(encoded[0]!).buffer), Buffer.from(plain.buffer))).toBe(0);
    const read = await encode(['a (red:1.5) apple'], true);
    expect(relativeError(states(read.encoded[0]!), plain)).toBeGreaterThan(0.1);
  });
});

describe('a long prompt', () => {
  const long = `${'apple '.repeat(75)}green heart`;

  it('is read in chunks of 75 tokens, and a short one beside it gets as many', async () => {
    const { encoded, warnings } = await encode([long, 'a red apple']);
    expect(warnings).toEqual([]);
    expect(encoded.map(({ states: { dims } }) => dims)).toEqual([
      [1, 2 * TOKENS, WIDTH],
      [1, 2 * TOKENS, WIDTH],
    ]);
    const parts = await encode(['apple '.repeat(75), 'green heart']);
    expect(relativeError(states(encoded[0]!), joined(parts.encoded))).toBeLessThan(1e-6);
    expect(relativeError(states(encoded[1]!), joinedData(plain, empty))).toBeLessThan(1e-6);
  });

  it('is cut after 75 tokens where prompts are plain, and after 600 elsewhere', async () => {
    const cut = await encode([long], true);
    expect(cut.encoded[0]!.states.dims).toEqual([1, TOKENS, WIDTH]);
    expect(cut.warnings).toEqual([expect.stringContaining('prompt is 77 tokens long and the model takes 75')]);
    const enormous = await encode(['apple '.repeat(10_000)]);
    expect(enormous.encoded[0]!.states.dims).toEqual([1, 8 * TOKENS, WIDTH]);
    expect(enormous.warnings).toEqual([expect.stringContaining('the model takes 600')]);
  });
});

function joined(encoded: readonly Conditioning[]): Float32Array {
  const [first, second] = encoded.map(states) as [Float32Array, Float32Array];
  return joinedData(first, second);
}

function joinedData(first: Float32Array, second: Float32Array): Float32Array {
  return Float32Array.of(...first, ...second);
}
