import { expect, test } from 'vitest';
import type { Workflow } from '../../engine/contract/workflow.ts';
import { describeExample, exampleWorkflow } from '../testing/example-nodes.ts';
import { exampleModel } from '../testing/examples.ts';
import { fromWorkflow } from './document.ts';
import { problemsOf } from './problems.ts';

const library = [exampleModel(), exampleModel({ id: 'broken', usable: false, problem: 'The VAE is missing.' })];

function problems(change: (workflow: Workflow) => void, models: typeof library | null = library) {
  const workflow = exampleWorkflow();
  change(workflow);
  return problemsOf(fromWorkflow(workflow, describeExample).document, { describe: describeExample, models });
}

test('a whole workflow has none', () => {
  expect(problems(() => {})).toEqual([]);
});

test('an input that needs a connection is named', () => {
  expect(problems((workflow) => workflow.edges.shift())).toEqual([
    { nodeId: 'generate', field: 'model', message: 'Model is not connected.' },
  ]);
});

test('a node that no result depends on may be unfinished, but not wrong', () => {
  const found = problems(({ nodes }) => {
    nodes.spare = { type: 'image_generate', inputs: {} };
    nodes.wrong = { type: 'image_generate', inputs: { steps: 0 } };
  });
  expect(found).toEqual([{ nodeId: 'wrong', field: 'steps', message: 'Steps must be a whole number from 1 to 150.' }]);
});

test('unknown types, unknown inputs, connections that do not fit and too many of them are found', () => {
  const found = problems((workflow) => {
    workflow.nodes.model = { type: 'from_the_future', inputs: {} };
    workflow.nodes.save = { type: 'save_image', inputs: { colour: 'red' } };
    workflow.nodes.text = { type: 'text', inputs: {} };
    workflow.edges[1] = { from: { node: 'text', port: 'text' }, to: { node: 'save', port: 'image' } };
    const prompt = { node: 'generate', port: 'prompt' };
    workflow.edges.push({ from: { node: 'text', port: 'text' }, to: prompt });
    workflow.edges.push({ from: { node: 'text', port: 'text' }, to: prompt });
  });
  expect(found.map(({ nodeId, field, message }) => [nodeId, field, message])).toEqual([
    ['model', undefined, 'There is no node type “from_the_future” in this Headroom. A newer one may have it.'],
    ['generate', 'prompt', 'Prompt has 2 connections; an input takes one.'],
    ['save', 'colour', 'colour is not an input of Save Image.'],
    ['save', 'image', 'The connection does not fit: Text gives text, but Save Image: Image takes an image.'],
  ]);
});

test('models that are missing or not usable are found once the library is known', () => {
  const choose = (model: string) => (workflow: Workflow) => {
    workflow.nodes.model = { type: 'load_model', inputs: { model } };
  };
  expect(problems(choose('gone'))[0]?.message).toBe('There is no model “gone” in the models folders.');
  expect(problems(choose('broken'))[0]?.message).toBe('The VAE is missing.');
  expect(problems(choose('gone'), null)).toEqual([]);
});

test('a workflow without a result says what to add', () => {
  const found = problems((workflow) => {
    delete workflow.nodes.save;
    workflow.edges.pop();
  });
  expect(found).toEqual([{ nodeId: null, message: expect.stringContaining('add a Save Image') }]);
});

test('a model that lacks parts can be used once they are chosen; what is no model cannot', () => {
  const bare = exampleModel({ id: 'bare', usable: false, needs: ['vae'], problem: 'It has no vae.' });
  const models = [
    ...library,
    bare,
    exampleModel({ id: 'ink', kind: 'lora' }),
    exampleModel({ id: 'fix', kind: 'vae' }),
  ];
  const withInputs = (inputs: Record<string, string>) =>
    problems((workflow) => {
      workflow.nodes.model = { type: 'load_model', inputs };
    }, models).map(({ field, message }) => [field, message]);
  expect(withInputs({ model: 'bare' })).toEqual([['model', 'It has no vae.']]);
  expect(withInputs({ model: 'bare', vae: 'fix' })).toEqual([]);
  expect(withInputs({ model: 'starter', vae: 'ink' })).toEqual([['vae', '“ink” is not what is chosen here.']]);
  expect(withInputs({ model: 'ink' })).toEqual([['model', '“ink” is not what is chosen here.']]);
});
