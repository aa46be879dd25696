import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { storedTensors } from './stored-tensor.ts';
import { writeSafetensors } from './write-safetensors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-write-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, 'weights.safetensors');
const tensors = [
  { name: 'first', dtype: 'F16', shape: [3, 2], length: 12 },
  { name: 'second', dtype: 'BF16', shape: [4], length: 8 },
] as const;
const whole = Uint8Array.from({ length: 20 }, (_, index) => index);

async function* cut(...ends: number[]) {
  for (const [index, end] of ends.entries()) yield whole.slice(index === 0 ? 0 : ends[index - 1], end);
}

test('pieces may end anywhere, and follow each other', async () => {
  await writeSafetensors(path(), tensors, cut(1, 7, 7, 15, 20));
  const written = storedTensors(path());
  expect(written).toMatchObject(tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })));
  const bytes = written.flatMap(({ offset, length }) => [...readFileSync(path()).subarray(offset, offset + length)]);
  expect(bytes).toEqual([...whole]);
  expect(readdirSync(folder)).toEqual(['weights.safetensors']);
});

test('nothing is left of a file whose pieces end with an error, which is told', async () => {
  async function* stopped() {
    yield* cut(5, 10);
    throw new Error('stopped');
  }
  await expect(writeSafetensors(path(), tensors, stopped())).rejects.toThrow('stopped');
  expect(readdirSync(folder)).toEqual([]);
});

test('a file that cannot be written is named', async () => {
  const absent = join(folder, 'absent/weights.safetensors');
  const refused = writeSafetensors(absent, tensors, cut(20));
  await expect(refused).rejects.toMatchObject({ code: 'file', message: expect.stringContaining(absent) });
});
