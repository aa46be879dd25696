import { beforeEach, expect, test } from 'vitest';
import { fromWorkflow } from '../graph/document.ts';
import { addNode, connect, deleteParts, moveNodes, renameNode, setField } from '../graph/edits.ts';
import { describeExample, exampleWorkflow } from '../testing/example-nodes.ts';
import { closeStep, documentOf, edit, isModified, markSaved, redo, replaceDocument, undo, useGraph } from './graph.ts';

const original = fromWorkflow(exampleWorkflow(), describeExample).document;
const node = (id: string) => useGraph.getState().nodes[id];
const steps = () => useGraph.temporal.getState().pastStates.length;

beforeEach(() => replaceDocument(original));

test('each edit is undone and redone by itself', () => {
  edit((draft) => addNode(draft, 'text', { type: 'text', inputs: {}, position: { x: 0, y: 0 } }));
  edit((draft) => connect(draft, { from: { node: 'text', port: 'text' }, to: { node: 'generate', port: 'prompt' } }));
  expect(steps()).toBe(2);
  undo();
  expect(useGraph.getState().edges).toEqual(original.edges);
  undo();
  expect(node('text')).toBeUndefined();
  redo();
  redo();
  expect(useGraph.getState().edges).toHaveLength(3);
});

test('deleting a node takes its edges, and one undo brings both back', () => {
  edit((draft) => deleteParts(draft, new Set(['generate']), new Set()));
  expect(useGraph.getState().edges).toEqual([]);
  undo();
  expect(documentOf(useGraph.getState())).toEqual(original);
});

test('letters typed into one field are one step, until the field is left', () => {
  const type = (value: string, field = 'prompt') =>
    edit((draft) => setField(draft, 'generate', field, value), `generate.${field}`);
  type('r');
  type('re');
  type('red');
  expect(steps()).toBe(1);
  closeStep();
  type('redder');
  expect(steps()).toBe(2);
  type('blurry', 'negative_prompt');
  expect(steps()).toBe(3);
  undo();
  undo();
  expect(node('generate')?.inputs.prompt).toBe('red');
  undo();
  expect(node('generate')?.inputs.prompt).toBe('red apple');
});

test('typing on after an undo starts a step of its own and leaves nothing to redo', () => {
  const type = (value: string) => edit((draft) => setField(draft, 'generate', 'prompt', value), 'generate.prompt');
  type('a');
  undo();
  type('b');
  type('bc');
  redo();
  expect(node('generate')?.inputs.prompt).toBe('bc');
  undo();
  expect(node('generate')?.inputs.prompt).toBe('red apple');
});

test('an edit that changes nothing is no step', () => {
  edit((draft) => moveNodes(draft, new Map([['model', { x: 0, y: 0 }]])));
  edit((draft) => setField(draft, 'generate', 'steps', 20));
  edit((draft) => deleteParts(draft, new Set(['nobody']), new Set()));
  expect(steps()).toBe(0);
  expect(isModified(useGraph.getState())).toBe(false);
});

test('undo on an empty history and redo without an undo do nothing', () => {
  undo();
  redo();
  expect(documentOf(useGraph.getState())).toEqual(original);
});

test('a document is modified until it is saved or every change is undone', () => {
  const modified = () => isModified(useGraph.getState());
  edit((draft) => renameNode(draft, 'save', 'Apples'));
  expect(modified()).toBe(true);
  undo();
  expect(modified()).toBe(false);
  redo();
  const written = documentOf(useGraph.getState());
  edit((draft) => setField(draft, 'generate', 'steps', 5));
  markSaved(written);
  expect(modified()).toBe(true);
  undo();
  expect(modified()).toBe(false);
});

test('saving is no step, and undo goes past it', () => {
  edit((draft) => renameNode(draft, 'save', 'Apples'));
  markSaved(useGraph.getState());
  undo();
  expect(node('save')?.title).toBe('Keep it');
  expect(isModified(useGraph.getState())).toBe(true);
});

test('another document starts with an empty history', () => {
  edit((draft) => renameNode(draft, 'save', 'Apples'));
  replaceDocument({ name: 'Other', nodes: {}, edges: [] });
  undo();
  expect(useGraph.getState()).toMatchObject({ name: 'Other', nodes: {}, edges: [] });
});

test('an empty name gives a node its own title back', () => {
  edit((draft) => renameNode(draft, 'save', '  '));
  expect(node('save')).not.toHaveProperty('title');
});
