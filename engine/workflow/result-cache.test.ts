import { describe, expect, it } from 'vitest';
import { type NodeResult, ResultCache } from './result-cache.ts';

const MiB = 2 ** 20;
const result = (bytes: number): NodeResult => ({ values: { image: [{ rgb: new Uint8Array(bytes) }] }, pictures: [] });

describe('ResultCache', () => {
  it('gives back what was stored', () => {
    const cache = new ResultCache();
    const stored = result(10);
    cache.store('a', stored);
    expect(cache.result('a')).toBe(stored);
    expect(cache.result('b')).toBeUndefined();
  });

  it('stays within its limit and drops what was unused for longest', () => {
    const cache = new ResultCache(3 * MiB);
    for (const name of ['a', 'b', 'c']) cache.store(name, result(0.9 * MiB));
    cache.result('a');
    cache.store('d', result(0.9 * MiB));
    expect(['a', 'b', 'c', 'd'].filter((name) => cache.result(name))).toEqual(['a', 'c', 'd']);
  });

  it('does not grow with many small results, nor with one stored again and again', () => {
    const cache = new ResultCache(100 * 1024);
    for (let i = 0; i < 1000; i++) cache.store(`s${i}`, result(1));
    const left = Array.from({ length: 1000 }, (_, i) => cache.result(`s${i}`)).filter(Boolean);
    expect(left).toHaveLength(100);
    for (let i = 0; i < 1000; i++) cache.store('s999', result(1));
    expect(cache.result('s950')).toBeDefined();
  });

  it('keeps nothing that is larger than the whole cache', () => {
    const cache = new ResultCache(MiB);
    cache.store('a', result(2 * MiB));
    expect(cache.result('a')).toBeUndefined();
  });

  it('computes an intermediate result once, until the result is stored', async () => {
    const cache = new ResultCache();
    let computed = 0;
    const latents = () => cache.kept('a', 'latents', async () => ++computed);
    expect([await latents(), await latents()]).toEqual([1, 1]);
    cache.store('a', result(1));
    expect(await latents()).toBe(2);
  });

  it('does not keep what failed', async () => {
    const cache = new ResultCache();
    await expect(cache.kept('a', 'latents', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.kept('a', 'latents', async () => 5)).toBe(5);
  });

  it('clears all but what is still needed, with its intermediate results', async () => {
    const cache = new ResultCache();
    for (const name of ['a', 'b']) cache.store(name, result(1));
    await cache.kept('a', 'latents', async () => 1);
    cache.clear(new Set(['a']));
    expect([cache.result('a') !== undefined, cache.result('b')]).toEqual([true, undefined]);
    expect(await cache.kept('a', 'latents', async () => 2)).toBe(1);
    cache.clear();
    expect(cache.result('a')).toBeUndefined();
  });
});
