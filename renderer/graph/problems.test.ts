import { expect, test } from 'vitest';
import type { Workflow } from '../../engine/contract/workflow.ts';
import { describeExample, exampleWorkflow } from '../testing/example-nodes.ts';
import { fromWorkflow } from './document.ts';
import { problemsOf } from './problems.ts';

function problems(change: (workflow: Workflow) => void) {
  const workflow = exampleWorkflow();
  change(workflow);
  return problemsOf(fromWorkflow(workflow, describeExample).document, describeExample);
}

test('a whole workflow has none', () => {
  expect(problems(() => {})).toEqual([]);
});

test('an input that needs a connection is named with its node', () => {
  expect(problems((workflow) => workflow.edges.shift())).toEqual([
    { nodeId: 'generate', field: 'model', message: 'Image Generate: Model is not connected' },
  ]);
});

test('a bad value is told in the words of the contract, under the title that the person gave', () => {
  const found = problems(({ nodes }) => {
    nodes.generate = {
      type: 'image_generate',
      title: 'Apples',
      inputs: { steps: 0, seed: 1 },
      position: { x: 0, y: 0 },
    };
  });
  expect(found).toEqual([
    { nodeId: 'generate', field: 'steps', message: 'Apples: Steps must be a whole number from 1 to 150' },
  ]);
});

test('a value behind a connection does not matter', () => {
  const found = problems((workflow) => {
    workflow.nodes.text = { type: 'text', inputs: {} };
    workflow.nodes.generate = { type: 'image_generate', inputs: { prompt: 3 } };
    workflow.edges.push({ from: { node: 'text', port: 'text' }, to: { node: 'generate', port: 'prompt' } });
  });
  expect(found).toEqual([]);
});

test('unknown types, unknown inputs and connections that do not fit are found', () => {
  const found = problems((workflow) => {
    workflow.nodes.model = { type: 'from_the_future', inputs: {} };
    workflow.nodes.save = { type: 'save_image', inputs: { colour: 'red' } };
    workflow.nodes.text = { type: 'text', inputs: {} };
    workflow.edges[1] = { from: { node: 'text', port: 'text' }, to: { node: 'save', port: 'image' } };
  });
  expect(found.map(({ nodeId, message }) => [nodeId, message])).toEqual([
    ['model', 'There is no node type "from_the_future" in this version of Headroom'],
    ['save', 'Save Image has no input "colour"'],
    ['save', 'Save Image: Text gives text, but Save Image: Image takes an image'],
  ]);
});

test('a workflow without a result says what to add', () => {
  const [problem] = problems((workflow) => {
    delete workflow.nodes.save;
    workflow.edges.pop();
  });
  expect(problem).toEqual({ nodeId: null, message: expect.stringContaining('such as Save Image') });
  expect(problems((workflow) => Object.assign(workflow, { nodes: {}, edges: [] }))[0]?.message).toContain('empty');
});
