import { expect, it } from 'vitest';
import { starterModel } from '../../tests/support/engine.ts';
import { HeadroomError } from '../contract/errors.ts';
import { readWorkflow } from '../contract/migrations.ts';
import type { Workflow } from '../contract/workflow.ts';
import { nodeDefinitions } from '../nodes/index.ts';
import { comingPrompts } from './coming-prompts.ts';

const starter = starterModel();
const context = {
  model: async (id: string) => {
    if (id === 'starter') return starter;
    throw new HeadroomError('input', `no model ${id}`);
  },
  upscaler: () => Promise.reject(new Error('no upscaler is wanted')),
  locate: () => Promise.reject(new Error('nothing else is wanted')),
};

/** Draws by the node "draw". */
function document(type: string, inputs: object, edges: string[] = [], nodes: object = {}): Workflow {
  const end = (side = '') => ({ node: side.split('.')[0], port: side.split('.')[1] });
  return readWorkflow({
    format: 'headroom-workflow',
    version: 1,
    nodes: { model: { type: 'load_model' }, draw: { type, inputs }, save: { type: 'save_image' }, ...nodes },
    edges: ['model.model > draw.model', 'draw.image > save.image', ...edges]
      .map((edge) => edge.split(' > '))
      .map(([from, to]) => ({ from: end(from), to: end(to) })),
  });
}

const lookup = (type: string) => nodeDefinitions.find(({ descriptor }) => descriptor.type === type);
const ahead = async (...documents: Workflow[]) =>
  (await comingPrompts('draw', documents, lookup, context)).map(({ prompts }) => prompts.map(({ text }) => text));

it('tells what a node will have encoded: the negative prompt where it has an effect', async () => {
  expect(
    await ahead(
      document('image_generate', { prompt: 'red apple', negative_prompt: 'blue', guidance_scale: 4 }),
      document('image_generate', { prompt: 'green heart', negative_prompt: 'blue', guidance_scale: 1 }),
      document('image_generate', { prompt: 'snowman', guidance_scale: 4 }),
    ),
  ).toEqual([['red apple', 'blue'], ['green heart'], ['snowman', '']]);
});

it('follows what only looks things up, and does not ask for pictures', async () => {
  const nodes = {
    words: { type: 'text', inputs: { text: 'blue' } },
    first: { type: 'image_generate' },
  };
  const edges = ['words.text > draw.negative_prompt', 'model.model > first.model', 'first.image > draw.image'];
  const over = document('image_to_image', { prompt: 'red apple', guidance_scale: 4 }, edges, nodes);
  expect(await ahead(over)).toEqual([['red apple', 'blue']]);
});

it('leaves out what something has to run for, and what fails', async () => {
  const cleared = document(
    'image_generate',
    { prompt: 'red apple' },
    ['model.model > clear.value', 'clear.value > draw.model'],
    {
      clear: { type: 'clear_cache' },
    },
  );
  cleared.edges = cleared.edges.filter(({ from, to }) => from.node !== 'model' || to.node !== 'draw');
  const missing = document('image_generate', { prompt: 'snowman' });
  missing.nodes.model = { type: 'load_model', inputs: { model: 'gone' } };
  const sound = document('image_generate', { prompt: 'green heart', guidance_scale: 1 });
  expect(await ahead(cleared, missing, sound)).toEqual([['green heart']]);
  expect(await comingPrompts('save', [sound], lookup, context)).toEqual([]);
});
