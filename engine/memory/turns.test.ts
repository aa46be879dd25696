import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { Turns } from './turns.ts';

let turns: Turns;
let told: string[];
beforeEach(() => {
  turns = new Turns();
  told = [];
});

/** Work that tells its begin and its end, and lasts until it is ended. */
function work(name: string) {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const run = async () => {
    told.push(`${name} begins`);
    await ended;
    told.push(`${name} ends`);
  };
  return { run, end };
}

it('lets work together that may be, and keeps apart what must be alone', async () => {
  const [a, b, alone, c] = [work('a'), work('b'), work('alone'), work('c')];
  const all = [turns.together(a.run), turns.together(b.run), turns.alone(alone.run), turns.together(c.run)];
  await setImmediate();
  expect(told).toEqual(['a begins', 'b begins']);
  b.end();
  await setImmediate();
  expect(told.at(-1)).toBe('b ends');
  a.end();
  await setImmediate();
  expect(told.at(-1)).toBe('alone begins');
  alone.end();
  c.end();
  await Promise.all(all);
  expect(told.slice(-3)).toEqual(['alone ends', 'c begins', 'c ends']);
});

it('goes on after work that failed, whose failure only its owner hears', async () => {
  const fails = async () => {
    throw new Error('no memory');
  };
  const failed = [turns.alone(fails), turns.together(fails)];
  const done = turns.alone(async () => 'done');
  expect(await Promise.allSettled(failed)).toMatchObject(
    failed.map(() => ({ status: 'rejected', reason: { message: 'no memory' } })),
  );
  expect(await done).toBe('done');
});
