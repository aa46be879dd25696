import { isDeepStrictEqual, parseArgs } from 'node:util';
import { drill } from './drill.ts';

// `npm run drill [-- --rows 20 --faults 20 --seed 7]`: the long form of tests/drill/table.test.ts.
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '20' },
    faults: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [rows, faults, seed] = [Number(values.rows), Number(values.faults), Number(values.seed)];
console.log(`${rows} rows, ${faults} faults, seed ${seed}`);
const report = await drill(rows, faults, seed, (line) => console.log(line));
const { undisturbed, disturbed } = report.seconds;
const done = report.rows.filter(({ state }) => state === 'done').map(({ row }) => row);
const isWhole = isDeepStrictEqual(
  done.toSorted((one, other) => one - other),
  [...Array(rows).keys()],
);
for (const { row, state, error } of report.rows)
  if (state !== 'done') console.log(`row ${row} ${state}: ${error?.message}`);
const isEqual = isDeepStrictEqual(report.files, report.expected);
console.log(`struck ${report.faults.length} of ${faults} times; the job was begun ${report.attempts} times`);
console.log(`${done.length} rows done, each once: ${isWhole ? 'yes' : 'NO'}`);
console.log(
  `${Object.keys(report.files).length} pictures, byte for byte those of the undisturbed run: ${isEqual ? 'yes' : 'NO'}`,
);
console.log(`undisturbed ${undisturbed.toFixed(1)} s, disturbed ${disturbed.toFixed(1)} s`);
process.exitCode = isWhole && isEqual && report.faults.length === faults ? 0 : 1;
