import { describe, expect, it } from 'vitest';
import { readWeights } from './prompt-weights.ts';

const read = (prompt: string) => readWeights(prompt).map(({ text, weight }) => [text, Number(weight.toFixed(4))]);

describe('weights of a prompt', () => {
  // What AUTOMATIC1111's parse_prompt_attention documents, and its own examples.
  it.each([
    ['normal text', [['normal text', 1]]],
    [
      'an (important) word',
      [
        ['an ', 1],
        ['important', 1.1],
        [' word', 1],
      ],
    ],
    ['(unbalanced', [['unbalanced', 1.1]]],
    ['\\(literal\\]', [['(literal]', 1]]],
    ['(unnecessary)(parens)', [['unnecessaryparens', 1.1]]],
    [
      'a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).',
      [
        ['a ', 1],
        ['house', 1.573],
        [' ', 1.1],
        ['on', 1],
        [' a ', 1.1],
        ['hill', 0.55],
        [', sun, ', 1.1],
        ['sky', 1.4641],
        ['.', 1.1],
      ],
    ],
    ['[less]', [['less', 0.9091]]],
    ['a:1.2 :) b', [['a:1.2 :) b', 1]]],
    ['(ratio 16:9 wide:1.5)', [['ratio 16:9 wide', 1.5]]],
    ['(away:-0.5)', [['away', -0.5]]],
    ['', []],
  ])('%j', (prompt, expected) => {
    expect(read(prompt)).toEqual(expected);
  });

  it('are read of any text in moments: nothing is lost of what has no marks', () => {
    const prompt = '(['.repeat(5_000) + 'x'.repeat(10) + '])'.repeat(5_000);
    expect(
      readWeights(prompt)
        .map(({ text }) => text)
        .join(''),
    ).toBe('x'.repeat(10));
    expect(
      readWeights(']) '.repeat(10_000))
        .map(({ text }) => text)
        .join(''),
    ).toBe(']) '.repeat(10_000));
  });
});
