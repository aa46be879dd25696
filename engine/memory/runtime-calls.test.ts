import { expect, test } from 'vitest';
import type { BusyLease } from '../contract/protocol.ts';
import { RuntimeCalls } from './runtime-calls.ts';

test('asks for much time at first, for less once it knows the call, and never for little', async () => {
  const leases: (BusyLease | null)[] = [];
  const calls = new RuntimeCalls((lease) => leases.push(lease));
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

test('of several at a time tells the one that began last, until all are done', async () => {
  const told: (string | undefined)[] = [];
  const calls = new RuntimeCalls((lease) => told.push(lease?.what));
  let end = () => {};
  const long = new Promise<void>((resolve) => {
    end = resolve;
  });
  const first = calls.announce('load a', 'load a', () => long);
  await calls.announce('load b', 'load b', async () => {});
  end();
  await first;
  expect(told).toEqual(['load a', 'load b', 'load a', undefined]);
});
