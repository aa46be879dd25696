import { afterEach, beforeEach, expect, test } from 'vitest';
import { fromWorkflow } from '../graph/document.ts';
import { deleteParts, renameNode, setField } from '../graph/edits.ts';
import { setNodeDescriptors } from '../stores/engine.ts';
import { edit, isModified, replaceDocument, undo, useGraph } from '../stores/graph.ts';
import { describeExample, exampleNodes, exampleWorkflow } from '../testing/example-nodes.ts';
import { resetWindow } from '../testing/render.tsx';
import { changeEdges, changeNodes, connectCanvas, select, selection, useCanvas } from './canvas-store.ts';

const steps = () => useGraph.temporal.getState().pastStates.length;
const place = (id: string) => useGraph.getState().nodes[id]?.position;
const drawn = (id: string) => useCanvas.getState().nodes.find((node) => node.id === id);

let disconnect: () => void;

beforeEach(() => {
  setNodeDescriptors(exampleNodes);
  replaceDocument(fromWorkflow(exampleWorkflow(), describeExample).document);
  disconnect = connectCanvas();
});

afterEach(() => {
  disconnect();
  resetWindow();
});

test('selecting and measuring are neither steps nor changes', () => {
  changeNodes([
    { type: 'select', id: 'model', selected: true },
    { type: 'dimensions', id: 'model', dimensions: { width: 300, height: 99 } },
  ]);
  changeEdges([{ type: 'select', id: 'model.model->generate.model', selected: true }]);
  expect(selection()).toEqual({ nodes: new Set(['model']), edges: new Set(['model.model->generate.model']) });
  expect(drawn('model')?.measured).toEqual({ width: 300, height: 99 });
  expect(steps()).toBe(0);
  expect(isModified(useGraph.getState())).toBe(false);
});

test('a drag of several nodes is one step, made when it ends', () => {
  const move = (id: string, x: number, dragging: boolean) =>
    ({ type: 'position', id, position: { x, y: 5 }, dragging }) as const;
  for (const x of [10, 20, 30]) changeNodes([move('model', x, true), move('generate', x + 400, true)]);
  expect(drawn('model')?.position).toEqual({ x: 30, y: 5 });
  expect(place('model')).toEqual({ x: 0, y: 0 });
  changeNodes([move('model', 30, false), move('generate', 430, false)]);
  expect(place('generate')).toEqual({ x: 430, y: 5 });
  expect(steps()).toBe(1);
  undo();
  expect(place('model')).toEqual({ x: 0, y: 0 });
  expect(drawn('generate')?.position).toEqual({ x: 400, y: 0 });
});

test('a click on a node, a drag that went nowhere, is no step', () => {
  changeNodes([{ type: 'position', id: 'model', position: { x: 0, y: 0 }, dragging: false }]);
  expect(steps()).toBe(0);
});

test('presses of an arrow key in a row are one step', () => {
  for (const x of [10, 20, 30])
    changeNodes([{ type: 'position', id: 'model', position: { x, y: 0 }, dragging: false }]);
  expect(place('model')).toEqual({ x: 30, y: 0 });
  expect(steps()).toBe(1);
});

test('an edit draws only what it changes again', () => {
  const before = useCanvas.getState();
  edit((draft) => setField(draft, 'generate', 'prompt', 'pear'));
  expect(useCanvas.getState().nodes).toBe(before.nodes);
  expect(useCanvas.getState().edges).toBe(before.edges);
  edit((draft) => renameNode(draft, 'model', 'Apples'));
  const after = useCanvas.getState();
  expect(after.nodes.map((node, index) => node === before.nodes[index])).toEqual([false, true, true]);
  expect(after.nodes[0]?.ariaLabel).toBe('Apples');
  expect(after.edges.map((edge, index) => edge === before.edges[index])).toEqual([false, true]);
});

test('what is deleted is not selected any more, and comes back unselected', () => {
  select({ nodes: new Set(['save']) });
  edit((draft) => deleteParts(draft, new Set(['save']), new Set()));
  expect(drawn('save')).toBeUndefined();
  undo();
  expect(drawn('save')?.selected).toBeFalsy();
  expect(useCanvas.getState().edges).toHaveLength(2);
});

test('edges carry their type, also through nodes that pass it on, and learn it when the engine tells its nodes', () => {
  const workflow = exampleWorkflow();
  workflow.nodes.pass = { type: 'clear_cache', inputs: {} };
  workflow.edges[0] = { from: { node: 'model', port: 'model' }, to: { node: 'pass', port: 'value' } };
  workflow.edges.push({ from: { node: 'pass', port: 'value' }, to: { node: 'generate', port: 'model' } });
  replaceDocument(fromWorkflow(workflow, describeExample).document);
  const types = () => useCanvas.getState().edges.map((edge) => edge.data?.type);
  expect(types()).toEqual(['model', 'image', 'model']);
  setNodeDescriptors([]);
  expect(types()).toEqual(['any', 'any', 'any']);
});
