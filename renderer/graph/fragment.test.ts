import { expect, test } from 'vitest';
import { describeExample, exampleWorkflow } from '../testing/example-nodes.ts';
import { fromWorkflow } from './document.ts';
import { cornerOf, fragmentOf, renamed } from './fragment.ts';

const { document } = fromWorkflow(exampleWorkflow(), describeExample);

test('a fragment has the edges between its nodes and no others', () => {
  const fragment = fragmentOf(document, new Set(['model', 'generate']));
  expect(Object.keys(fragment.nodes)).toEqual(['model', 'generate']);
  expect(fragment.edges).toEqual(document.edges.slice(0, 1));
  expect(cornerOf(fragment.nodes)).toEqual({ x: 0, y: 0 });
});

test('put in again it has free ids, its edges follow, and the original is untouched', () => {
  const taken = new Set(['model', 'generate', 'generate_2']);
  const copy = renamed(fragmentOf(document, new Set(['model', 'generate'])), (id) => taken.has(id), { x: 40, y: 20 });
  expect(Object.keys(copy.nodes)).toEqual(['model_2', 'generate_3']);
  expect(copy.nodes.generate_3).toEqual({ ...document.nodes.generate, position: { x: 440, y: 20 } });
  expect(copy.edges).toEqual([{ from: { node: 'model_2', port: 'model' }, to: { node: 'generate_3', port: 'model' } }]);
  expect(document.nodes.generate?.position).toEqual({ x: 400, y: 0 });
});

test('ids inside one fragment never collide with each other', () => {
  const fragment = { nodes: { a: document.nodes.model, a_2: document.nodes.model }, edges: [] } as never;
  const copy = renamed(fragment, (id) => id === 'a', { x: 0, y: 0 });
  expect(Object.keys(copy.nodes)).toEqual(['a_2', 'a_3']);
});
