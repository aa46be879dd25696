import { expect, test } from 'vitest';
import { type Workflow, zWorkflow } from '../../engine/contract/workflow.ts';
import { describeExample, exampleWorkflow } from '../testing/example-nodes.ts';
import { fromWorkflow, toWorkflow } from './document.ts';
import { estimatedHeight, NODE_WIDTH } from './size.ts';

const shipped = import.meta.glob('../../resources/workflows/*.json', { eager: true, import: 'default' });
const roundTrip = (workflow: Workflow) => toWorkflow(fromWorkflow(workflow, describeExample).document);

test.each(Object.entries(shipped))('%s comes out as it went in, but for the places that it lacked', (_, text) => {
  const workflow = zWorkflow.parse(text);
  const saved = roundTrip(workflow);
  for (const [id, node] of Object.entries(saved.nodes)) {
    expect(node).toEqual({ ...workflow.nodes[id], position: workflow.nodes[id]?.position ?? node.position });
  }
  expect({ ...saved, nodes: Object.keys(saved.nodes) }).toEqual({ ...workflow, nodes: Object.keys(workflow.nodes) });
  expect(roundTrip(saved)).toEqual(saved);
});

test('titles, positions, names and nodes of unknown type are kept', () => {
  const workflow: Workflow = { ...exampleWorkflow(), name: undefined };
  workflow.nodes.future = { type: 'from_the_future', inputs: { power: 9 }, position: { x: -1.5, y: 7 } };
  workflow.edges.push({ from: { node: 'future', port: 'out' }, to: { node: 'save', port: 'other' } });
  expect(JSON.parse(JSON.stringify(roundTrip(workflow)))).toEqual(JSON.parse(JSON.stringify(workflow)));
});

test('edges to nodes that do not exist are left out and told of', () => {
  const workflow = exampleWorkflow();
  const lost = { from: { node: 'generate', port: 'image' }, to: { node: 'gone', port: 'image' } };
  workflow.edges.push(lost);
  const { document, dangling } = fromWorkflow(workflow, describeExample);
  expect(dangling).toEqual([lost]);
  expect(document.edges).toEqual(exampleWorkflow().edges);
});

/** Nodes without places, of types in turn, with edges "a>b". */
function homeless(types: Record<string, string>, ...arrows: string[]): Workflow {
  return {
    format: 'headroom-workflow',
    version: 1,
    nodes: Object.fromEntries(Object.entries(types).map(([id, type]) => [id, { type, inputs: {} }])),
    edges: arrows.map((arrow) => {
      const [from = '', to = ''] = arrow.split('>');
      return { from: { node: from, port: 'out' }, to: { node: to, port: 'in' } };
    }),
  };
}

function boxes(workflow: Workflow) {
  const { nodes } = fromWorkflow(workflow, describeExample).document;
  return Object.entries(nodes).map(([id, { type, position }]) => ({
    id,
    ...position,
    right: position.x + NODE_WIDTH,
    bottom: position.y + estimatedHeight(describeExample(type)),
  }));
}

function overlapping(all: ReturnType<typeof boxes>) {
  return all.flatMap((a, index) =>
    all.slice(index + 1).filter((b) => a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom),
  );
}

test('nodes without places are laid out from left to right and do not overlap', () => {
  const types = {
    save: 'save_image',
    generate: 'image_generate',
    text: 'text',
    model: 'load_model',
    other: 'image_generate',
  };
  const all = boxes(homeless(types, 'model>generate', 'text>generate', 'model>other', 'generate>save'));
  const x = (id: string) => all.find((box) => box.id === id)?.x ?? Number.NaN;
  expect(x('model')).toBe(0);
  expect(x('text')).toBe(0);
  expect(x('generate')).toBeGreaterThan(x('model') + NODE_WIDTH);
  expect(x('other')).toBe(x('generate'));
  expect(x('save')).toBeGreaterThan(x('generate') + NODE_WIDTH);
  expect(overlapping(all)).toEqual([]);
});

test('they go below the nodes that have places', () => {
  const workflow = homeless({ a: 'load_model', b: 'image_generate', c: 'text' }, 'a>b');
  workflow.nodes.b = { type: 'image_generate', inputs: {}, position: { x: 120, y: 300 } };
  const all = boxes(workflow);
  expect(all.find((box) => box.id === 'b')).toMatchObject({ x: 120, y: 300 });
  expect(all.find((box) => box.id === 'a')?.x).toBe(120);
  expect(overlapping(all)).toEqual([]);
});

test('a document with a loop is laid out all the same', () => {
  const all = boxes(homeless({ a: 'text', b: 'text', c: 'text' }, 'a>b', 'b>c', 'c>a', 'b>b'));
  expect(all).toHaveLength(3);
  expect(overlapping(all)).toEqual([]);
});
