import { expect, test } from 'vitest';
import { connectionProblem, type GraphView } from '../../engine/contract/connection.ts';
import type { WorkflowEdge } from '../../engine/contract/workflow.ts';
import { describeExample, exampleNodes } from '../testing/example-nodes.ts';
import { edgeBetween, edgeToNode, fitsNewNode, type PendingConnection, pendingProblems } from './pending.ts';

function edge(from: string, to: string): WorkflowEdge {
  const [fromNode = '', fromPort = ''] = from.split('.');
  const [toNode = '', toPort = ''] = to.split('.');
  return { from: { node: fromNode, port: fromPort }, to: { node: toNode, port: toPort } };
}

const view: GraphView = {
  nodeTypes: new Map([
    ['model', 'load_model'],
    ['text', 'text'],
    ['generate', 'image_generate'],
    ['pass', 'clear_cache'],
    ['pass_2', 'clear_cache'],
    ['pass_3', 'clear_cache'],
    ['save', 'save_image'],
  ]),
  edges: [
    edge('model.model', 'generate.model'),
    edge('generate.image', 'pass.value'),
    edge('pass.value', 'pass_2.value'),
    edge('pass_2.value', 'pass_3.value'),
  ],
};

const ends = [...view.nodeTypes].flatMap(([node, type]) => {
  const descriptor = describeExample(type);
  const end = (side: PendingConnection['side']) => (port: { name: string }) => ({ node, port: port.name, side });
  return [...(descriptor?.inputs ?? []).map(end('input')), ...(descriptor?.outputs ?? []).map(end('output'))];
});

test.each(ends)('from $side $node.$port every port is judged as the contract judges it', (pending) => {
  const problemOf = pendingProblems(pending, view, describeExample);
  for (const other of ends.filter((end) => end.side !== pending.side)) {
    expect(problemOf(other)).toBe(connectionProblem(edgeBetween(pending, other), view, describeExample));
  }
});

test('a drop on a node goes to its first free port that fits', () => {
  const fromText = { node: 'text', port: 'text', side: 'output' } as const;
  expect(edgeToNode(fromText, 'generate', view, describeExample)).toEqual({
    edge: edge('text.text', 'generate.prompt'),
  });
  const taken = { ...view, edges: [...view.edges, edge('text.text', 'generate.prompt')] };
  expect(edgeToNode(fromText, 'generate', taken, describeExample)).toEqual({
    edge: edge('text.text', 'generate.negative_prompt'),
  });
});

test('where all that fit are taken, the first gives way', () => {
  const fromModel = { node: 'model', port: 'model', side: 'output' } as const;
  expect(edgeToNode(fromModel, 'generate', view, describeExample)).toEqual({
    edge: edge('model.model', 'generate.model'),
  });
});

test('backwards, from an input to the output of a node', () => {
  const fromSave = { node: 'save', port: 'image', side: 'input' } as const;
  expect(edgeToNode(fromSave, 'pass_3', view, describeExample)).toEqual({ edge: edge('pass_3.value', 'save.image') });
});

test('where nothing fits, it says why', () => {
  const fromText = { node: 'text', port: 'text', side: 'output' } as const;
  expect(edgeToNode(fromText, 'save', view, describeExample)).toEqual({
    problem: 'Text gives text, but Save Image: Image takes an image',
  });
  expect(edgeToNode(fromText, 'model', view, describeExample)).toEqual({ problem: 'Load Model takes no connections' });
  const fromInput = { node: 'generate', port: 'prompt', side: 'input' } as const;
  expect(edgeToNode(fromInput, 'save', view, describeExample)).toEqual({
    problem: 'Save Image has nothing to connect to',
  });
});

test.each<[PendingConnection, string[]]>([
  [{ node: 'model', port: 'model', side: 'output' }, ['image_generate', 'clear_cache']],
  [{ node: 'pass_3', port: 'value', side: 'output' }, ['clear_cache', 'save_image']],
  [{ node: 'generate', port: 'prompt', side: 'input' }, ['text', 'clear_cache']],
])('new nodes that %j may connect to: %j', (pending, expected) => {
  const fitting = exampleNodes.filter((node) => fitsNewNode(pending, node, view, describeExample));
  expect(fitting.map((node) => node.type)).toEqual(expected);
});
