import { expect, test } from 'vitest';
import { drill } from './drill.ts';

/** Printed with a failure, so that it can be repeated: `npm run drill -- --rows 5 --faults 4 --seed …`. */
const seed = Date.now() % 1_000_000;

test(`a table whose engine and app are struck down at random moments has one result for each row (seed ${seed})`, async () => {
  const said: string[] = [];
  const report = await drill(5, 4, seed, (line) => said.push(line));
  expect(report.faults, said.join('\n')).toHaveLength(4);
  expect(report.rows.map(({ row, state }) => `${row} ${state}`)).toEqual([0, 1, 2, 3, 4].map((row) => `${row} done`));
  expect(report.rows.map(({ images }) => images.length)).toEqual([1, 1, 1, 1, 2]);
  expect(Object.keys(report.expected)).toHaveLength(6);
  expect(report.files).toEqual(report.expected);
}, 180_000);
