import { expect, test } from 'vitest';
import { exampleNodes } from '../testing/example-nodes.ts';
import { searchNodes } from './search-nodes.ts';

const found = (search: string) => searchNodes(exampleNodes, search).map((node) => node.title);

test.each([
  ['text', 'Text'],
  ['gen', 'Image Generate'],
  ['ksampler', 'Image Generate'],
  ['VRAM', 'Clear Cache'],
  ['svimg', 'Save Image'],
  ['save png', 'Save Image'],
  ['models', 'Load Model'],
])('"%s" finds %s first', (search, title) => {
  expect(found(search)[0]).toBe(title);
});

test('every word has to fit', () => {
  expect(found('save ksampler')).toEqual([]);
  expect(found('zzz')).toEqual([]);
});

test('titles come before keywords and descriptions', () => {
  expect(found('image')).toEqual(['Image Generate', 'Save Image']);
});
