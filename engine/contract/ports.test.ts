import { describe, expect, it } from 'vitest';
import { type Field, fieldProblem } from './ports.ts';

const steps: Field = { kind: 'integer', default: 20, min: 1, max: 150, step: 1 };
const guidance: Field = { kind: 'float', default: 7.5, min: 0, max: 30, step: 0.5 };
const width: Field = { ...steps, min: 64, max: 4096, auto: { value: -1, title: "the model's own" } };
const seed: Field = { kind: 'seed', default: -1 };
const prompt: Field = { kind: 'text', default: '', multiline: true, maxLength: 10 };
const scheduler: Field = { kind: 'enum', default: 'ddim', options: [{ value: 'ddim', title: 'DDIM' }] };

describe('fieldProblem', () => {
  it.each<[Field, unknown]>([
    [steps, 1],
    [steps, 150],
    [width, -1],
    [guidance, 0],
    [guidance, 29.99],
    [seed, -1],
    [seed, Number.MAX_SAFE_INTEGER],
    [prompt, '0123456789'],
    [scheduler, 'ddim'],
    [{ kind: 'boolean', default: true }, false],
    [{ kind: 'model', default: 'starter' }, 'starter'],
  ])('%j takes %j', (field, value) => {
    expect(fieldProblem(field, value)).toBeNull();
  });

  it.each<[Field, unknown, string]>([
    [steps, 0, 'a whole number from 1 to 150'],
    [steps, 151, 'a whole number from 1 to 150'],
    [steps, 2.5, 'a whole number from 1 to 150'],
    [steps, '20', 'a whole number from 1 to 150'],
    [width, 0, "a whole number from 64 to 4096, or -1 for the model's own"],
    [guidance, Number.NaN, 'a number from 0 to 30'],
    [guidance, Number.POSITIVE_INFINITY, 'a number from 0 to 30'],
    [seed, -2, 'or -1 for a random one'],
    [seed, Number.MAX_SAFE_INTEGER + 1, 'a whole number from 0'],
    [prompt, '0123456789a', 'at most 10 characters long'],
    [prompt, 3, 'text'],
    [scheduler, 'euler', 'one of ddim'],
    [{ kind: 'boolean', default: true }, 'true', 'true or false'],
    [{ kind: 'model', default: 'starter' }, '', 'the id of a model'],
  ])('%j refuses %j', (field, value, expected) => {
    expect(fieldProblem(field, value)).toContain(expected);
  });
});
