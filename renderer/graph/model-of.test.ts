import { expect, test } from 'vitest';
import { describeExample, exampleWorkflow } from '../testing/example-nodes.ts';
import { fromWorkflow } from './document.ts';
import { modelFeeding } from './model-of.ts';

const modelAt = (nodeId: string, workflow = exampleWorkflow()) =>
  modelFeeding(nodeId, fromWorkflow(workflow, describeExample).document, describeExample);

test('the model is found at the other end of the edge, and its default too', () => {
  expect(modelAt('generate')).toBe('starter');
  const workflow = exampleWorkflow();
  workflow.nodes.model = { type: 'load_model', inputs: {} };
  expect(modelAt('generate', workflow)).toBe('starter');
});

test('it is found past nodes that hand it on', () => {
  const workflow = exampleWorkflow();
  workflow.nodes.pass = { type: 'clear_cache', inputs: {} };
  workflow.edges[0] = { from: { node: 'model', port: 'model' }, to: { node: 'pass', port: 'value' } };
  workflow.edges.push({ from: { node: 'pass', port: 'value' }, to: { node: 'generate', port: 'model' } });
  expect(modelAt('generate', workflow)).toBe('starter');
});

test('nothing connected, no model input, or a loop: none', () => {
  expect(modelAt('save')).toBeUndefined();
  const workflow = exampleWorkflow();
  workflow.nodes = { a: { type: 'clear_cache', inputs: {} }, b: { type: 'clear_cache', inputs: {} } };
  const edge = (from: string, to: string) => ({ from: { node: from, port: 'value' }, to: { node: to, port: 'value' } });
  workflow.edges = [edge('a', 'b'), edge('b', 'a')];
  expect(modelAt('a', workflow)).toBeUndefined();
});
