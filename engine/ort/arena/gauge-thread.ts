import { openSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { encodeGauge, GAUGE_BYTES } from '../../contract/gauge.ts';
import type { GaugeTask } from './gauge.ts';
import { OrtApi } from './ort-api.ts';
import { type ArenaStats, readStats } from './stats.ts';

/** A reading takes microseconds; what a network takes and gives back between two of them is missed. */
const READ_MS = 50;
/** So that the highest of the last readings stays for as long as main waits from one look to the next (250 ms). */
const KEPT_READINGS = 5;
/** Unchanged figures are written again this often, as a sign of life. */
const REPEAT_MS = 1000;

// The program of the thread: reads the arena whatever the engine's own thread is at.
const { library, allocator, file } = workerData as GaugeTask;
const out = openSync(file, 'w');
const recent: ArenaStats[] = [];
let written: ArenaStats | undefined;
let writtenAt = 0;

function write(api: OrtApi): void {
  recent.push(readStats(api, allocator));
  if (recent.length > KEPT_READINGS) recent.shift();
  const highest = recent.reduce((most, stats) => (stats.inUseBytes >= most.inUseBytes ? stats : most));
  const time = Date.now();
  if (highest === written && time - writtenAt < REPEAT_MS) return;
  writeSync(out, encodeGauge({ time, ...highest }), 0, GAUGE_BYTES, 0);
  written = highest;
  writtenAt = time;
}

void OrtApi.load(library).then((api) => setInterval(() => write(api), READ_MS));
