import { expect, test } from 'vitest';
import type { Table } from '../../engine/contract/table.ts';
import { describeWithTable } from '../testing/table-node.ts';
import type { GraphDocument } from './document.ts';
import { problemsOf } from './problems.ts';

const position = { x: 0, y: 0 };
const edge = (from: string, to: string) => {
  const [[node = '', port = ''], [target = '', input = '']] = [from.split('.'), to.split('.')];
  return { from: { node, port }, to: { node: target, port: input } };
};

function documentWith(rows: Table, more: Partial<GraphDocument> = {}): GraphDocument {
  return {
    name: undefined,
    nodes: {
      table: { type: 'table', inputs: { rows }, position },
      model: { type: 'load_model', inputs: {}, position },
      generate: { type: 'image_generate', inputs: {}, position },
      save: { type: 'save_image', inputs: {}, position },
      ...more.nodes,
    },
    edges: [
      edge('model.model', 'generate.model'),
      edge('generate.image', 'save.image'),
      edge('table.steps', 'generate.steps'),
      ...(more.edges ?? []),
    ],
  };
}

const problems = (document: GraphDocument) => problemsOf(document, { describe: describeWithTable, models: null });

test('a table with something in it may run', () => {
  expect(problems(documentWith([{ prompt: 'a' }, {}, { steps: 5 }]))).toEqual([]);
});

test.each<[string, Table, RegExp]>([
  ['nothing in it', [{}, { prompt: '' }], /no row with anything in it/],
  ['a cell that the input does not take', [{ prompt: 'a' }, { steps: 100_000 }], /^Row 2: Steps must be/],
  ['a cell of another type', [{ steps: 'many' }], /a whole number in row 1, column steps/],
])('a table with %s may not, and says where', (_what, rows, message) => {
  expect(problems(documentWith(rows))).toEqual([
    { nodeId: 'table', field: 'rows', message: expect.stringMatching(message) },
  ]);
});

test('two tables may not; one that leads nowhere does not count', () => {
  const nodes = { other: { type: 'table', inputs: {}, position } };
  expect(problems(documentWith([{ prompt: 'a' }], { nodes }))).toEqual([]);
  const edges = [edge('other.prompt', 'generate.prompt')];
  expect(problems(documentWith([{ prompt: 'a' }], { nodes, edges }))).toEqual([
    { nodeId: 'other', message: expect.stringContaining('one table') },
  ]);
});
