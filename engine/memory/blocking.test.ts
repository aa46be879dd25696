import { expect, test } from 'vitest';
import type { BusyLease } from '../contract/protocol.ts';
import { BlockingCalls } from './blocking.ts';

test('asks for much time at first, for less once it knows the call, and never for little', async () => {
  const leases: (BusyLease | null)[] = [];
  const calls = new BlockingCalls((lease) => leases.push(lease));
  expect(await calls.announce('a', 'first', async () => 1)).toBe(1);
  await calls.announce('a', 'second', async () => 2);
  await calls.announce('b', 'other kind', async () => 3);
  const asked = leases.flatMap((lease) => (lease ? [lease.expectedMs] : []));
  expect(asked).toEqual([300_000, 30_000, 300_000]);
  expect(leases.map((lease) => lease?.what)).toEqual([
    'first',
    undefined,
    'second',
    undefined,
    'other kind',
    undefined,
  ]);
});
