// `npm run bench`: prints tables for docs/benchmarks.md. Close other programs first; every number is a median.
import { cpus, totalmem, type } from 'node:os';
import { benchEditorFrames } from './editor-frames.ts';
import { benchEngineStart } from './engine-start.ts';
import type { Measurement } from './measure.ts';
import { benchPictures } from './pictures.ts';

/** What is measured, in the order of the table. */
const BENCHMARKS: readonly (() => Promise<Measurement[]>)[] = [benchEngineStart, benchPictures, benchEditorFrames];

async function main(): Promise<void> {
  const threads = cpus();
  const gigabytes = (totalmem() / 1e9).toFixed(0);
  const machine = `${threads[0]?.model.trim()}, ${threads.length} threads, ${gigabytes} GB, ${type()}`;
  console.log(`${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}\n`);
  console.log('| what | median | range | runs |\n| --- | --- | --- | --- |');
  for (const bench of BENCHMARKS) for (const measurement of await bench()) console.log(row(measurement));
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
