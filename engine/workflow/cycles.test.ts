import { expect, test } from 'vitest';
import { findLoops } from './cycles.ts';

/** Edges from texts like "ab": a feeds b. */
const loops = (nodes: string, ...edges: string[]) =>
  findLoops(
    [...nodes],
    edges.map(([from = '', to = '']) => ({ from: { node: from, port: 'out' }, to: { node: to, port: 'in' } })),
  ).map((loop) => loop.toSorted().join(''));

test('a graph that only flows onward has none', () => {
  expect(loops('abcd', 'ab', 'ac', 'bd', 'cd')).toEqual([]);
  expect(loops('')).toEqual([]);
});

test('names the nodes of each loop and no others', () => {
  expect(loops('abcdef', 'ab', 'bc', 'ca', 'cd', 'de', 'ed', 'ef').toSorted()).toEqual(['abc', 'de']);
  expect(loops('abc', 'ab', 'ba', 'bc', 'cb')).toEqual(['abc']);
});

test('a node that feeds itself is a loop', () => {
  expect(loops('ab', 'aa', 'ab')).toEqual(['a']);
});

test('edges to nodes that do not exist make none', () => {
  expect(loops('ab', 'ax', 'xb', 'ab')).toEqual([]);
});

test('a chain of ten thousand nodes is no trouble', () => {
  const nodes = Array.from({ length: 10_000 }, (_, i) => `n${i}`);
  const edges = nodes.slice(1).map((to, i) => ({ from: { node: `n${i}`, port: 'o' }, to: { node: to, port: 'i' } }));
  expect(findLoops(nodes, edges)).toEqual([]);
  expect(
    findLoops(nodes, [...edges, { from: { node: 'n9999', port: 'o' }, to: { node: 'n0', port: 'i' } }]),
  ).toHaveLength(1);
});
