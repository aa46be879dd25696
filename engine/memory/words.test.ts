import { expect, it } from 'vitest';
import { memoryInWords } from './words.ts';

const MEBIBYTE = 2 ** 20;

it('tells of the arena where there is one, else of the process', () => {
  const arena = {
    inUseBytes: 8.5 * MEBIBYTE,
    reservedBytes: 118 * MEBIBYTE,
    peakBytes: 1536 * MEBIBYTE,
    limitBytes: null,
  };
  expect(memoryInWords({ arena, processBytes: 1 })).toBe('8.5 MiB in use, 118 MiB reserved, peak 1.5 GiB');
  expect(memoryInWords({ arena: null, processBytes: 300 * MEBIBYTE })).toBe("300 MiB in the engine's process");
});
