import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeGauge } from '../../engine/contract/gauge.ts';
import type { EngineMemory } from '../../engine/contract/memory.ts';
import type { EngineStatus } from '../ipc/contract.ts';
import { Emitter } from '../lifetime.ts';
import { EngineAccount } from './engine-account.ts';

const memory: EngineMemory = {
  device: 'CPU',
  where: 'system',
  processBytes: 900,
  weightBytes: 80,
  arena: { inUseBytes: 80, reservedBytes: 100, peakBytes: 90, limitBytes: 500 },
  ledger: [
    { model: 'starter', component: 'unet', weightBytes: 90, residentBytes: 80, resident: true, lastUsed: 1 },
    { model: 'starter', component: 'text_encoder', weightBytes: 20, residentBytes: 0, resident: false, lastUsed: 1 },
  ],
  learnedAt: null,
};
const told = { where: 'system', weights: [{ model: 'starter', component: 'unet', bytes: 80 }] };

let folder: string;
let file: string;
const engine = { onMemory: new Emitter<EngineMemory>(), onStatus: new Emitter<EngineStatus>() };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-account-'));
  file = join(folder, 'gauge');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('tells what is resident, and the arena as it was when the engine last spoke', () => {
  const account = new EngineAccount(engine, file);
  expect(account.reading(10_000)).toBeNull();
  engine.onMemory.emit(memory);
  const arena = { inUseBytes: 80, reservedBytes: 100, peakBytes: 90 };
  expect(account.reading(10_000)).toEqual({ ...told, arena });
  engine.onMemory.emit({ ...memory, arena: null });
  expect(account.reading(10_000)).toEqual({ ...told, arena: null });
});

test("the gauge of the engine's thread is newer than its account, unless the thread has stopped", () => {
  const account = new EngineAccount(engine, file);
  engine.onMemory.emit(memory);
  const arena = { inUseBytes: 300, reservedBytes: 320, peakBytes: 310 };
  writeFileSync(file, encodeGauge({ time: 10_000, ...arena }));
  expect(account.reading(10_200)).toEqual({ ...told, arena });
  expect(account.reading(20_000)?.arena).toMatchObject({ inUseBytes: 80 });
  writeFileSync(file, 'broken');
  expect(account.reading(10_200)?.arena).toMatchObject({ inUseBytes: 80 });
});

test('an engine that ended holds nothing', () => {
  const account = new EngineAccount(engine, file);
  engine.onMemory.emit(memory);
  engine.onStatus.emit({ state: 'busy', pid: 1, device: 'CPU', runtime: '1', lease: null, since: 0 });
  expect(account.reading(10_000)).not.toBeNull();
  engine.onStatus.emit({ state: 'restarting', reason: 'it was lost', attempt: 1, at: 0 });
  expect(account.reading(10_000)).toBeNull();
});
