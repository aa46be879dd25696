// `npm run bench`: prints a section's table for docs/benchmarks.md. Close other programs first; every number is a median.
import { execFileSync } from 'node:child_process';
import { cpus, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { benchEditorFrames } from './editor-frames.ts';
import { benchEngineStart } from './engine-start.ts';
import type { Measurement } from './measure.ts';
import { benchPanelCost } from './panel-cost.ts';
import { benchPictures } from './pictures.ts';
import { benchWeightTypes } from './weight-types.ts';

/** What is measured, in the order of the table. */
const BENCHMARKS: readonly (() => Promise<Measurement[]>)[] = [
  benchEngineStart,
  benchPictures,
  benchWeightTypes,
  benchPanelCost,
  benchEditorFrames,
];

/** The table alone goes to stdout. What fails is told after it on stderr, and costs its own rows only. */
async function main(): Promise<void> {
  // First, so that nothing is printed between rows.
  execFileSync(process.execPath, [join(import.meta.dirname, '../../build/build.mjs')], { stdio: ['ignore', 2, 2] });
  const threads = cpus();
  const gigabytes = (totalmem() / 1e9).toFixed(0);
  const machine = `${threads[0]?.model.trim()}, ${threads.length} threads, ${gigabytes} GB, ${type()}`;
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${date}, ${machine}, Node ${process.versions.node}; \`npm run bench\`.\n`);
  console.log('| what | median | range | runs |\n| --- | --- | --- | --- |');
  const failures: unknown[] = [];
  for (const bench of BENCHMARKS) {
    const measured = await bench().catch((error) => {
      failures.push(error);
      return [];
    });
    for (const measurement of measured) console.log(row(measurement));
  }
  for (const failure of failures) console.error(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function row({ what, unit, values }: Measurement): string {
  const sorted = values.toSorted((a, b) => a - b);
  const show = (value: number | undefined) => (value === undefined ? '-' : shown(value));
  const median = sorted[Math.floor(sorted.length / 2)];
  return `| ${what} | ${show(median)} ${unit} | ${show(sorted[0])} – ${show(sorted.at(-1))} | ${sorted.length} |`;
}

/** Three digits that count. */
function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

await main();
