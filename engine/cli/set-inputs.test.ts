import { describe, expect, it } from 'vitest';
import { readWorkflow } from '../contract/migrations.ts';
import { nodeDefinitions } from '../nodes/index.ts';
import { setInputs } from './set-inputs.ts';

const descriptors = nodeDefinitions.map(({ descriptor }) => descriptor);
const workflow = readWorkflow({
  format: 'headroom-workflow',
  version: 1,
  nodes: {
    words: { type: 'text', inputs: { text: 'pear' } },
    generate: { type: 'image_generate', inputs: { steps: 5 } },
    save: { type: 'save_image' },
  },
  edges: [
    { from: { node: 'words', port: 'text' }, to: { node: 'generate', port: 'prompt' } },
    { from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } },
  ],
});
const set = (...settings: string[]) => setInputs(workflow, settings, descriptors);
const inputs = (...settings: string[]) => set(...settings).nodes.generate!.inputs;

describe('setInputs', () => {
  it('reads each value as the input is, and leaves the document itself alone', () => {
    expect(
      inputs('generate.steps=20', 'generate.guidance_scale=4.5', 'generate.seed=-1', 'generate.scheduler=euler'),
    ).toEqual({
      steps: 20,
      guidance_scale: 4.5,
      seed: -1,
      scheduler: 'euler',
    });
    expect(workflow.nodes.generate!.inputs).toEqual({ steps: 5 });
  });

  it('keeps texts as they are, with equals signs, line breaks and digits, and empty ones', () => {
    expect(inputs('generate.prompt=a=b\n3')).toMatchObject({ prompt: 'a=b\n3' });
    expect(inputs('generate.prompt=42')).toMatchObject({ prompt: '42' });
    expect(inputs('generate.prompt=')).toMatchObject({ prompt: '' });
  });

  it('takes the last of several values', () => {
    expect(inputs('generate.steps=1', 'generate.steps=2')).toEqual({ steps: 2 });
  });

  it('takes away the connection to an input that is set, and no other', () => {
    expect(set('generate.prompt=apple').edges).toEqual([workflow.edges[1]]);
  });

  it.each<[string, string, object]>([
    ['generate', 'NODE.INPUT=VALUE', {}],
    ['generate.steps', 'NODE.INPUT=VALUE', {}],
    ['gen.steps=1', 'no node "gen" in the workflow, which has words, generate, save', {}],
    ['constructor.steps=1', 'no node "constructor"', {}],
    [
      'generate.step=1',
      'step is not an input of Image Generate. Inputs that can be set: prompt',
      { nodeId: 'generate', field: 'step' },
    ],
    ['generate.model=starter', 'model takes a connection', { nodeId: 'generate', field: 'model' }],
    ['generate.steps=many', 'steps must be a whole number from 1 to 150', { nodeId: 'generate', field: 'steps' }],
    ['generate.steps=', 'steps must be', { nodeId: 'generate', field: 'steps' }],
    ['generate.steps=2.5', 'steps must be', { nodeId: 'generate', field: 'steps' }],
    ['generate.scheduler=magic', 'scheduler must be one of auto', { nodeId: 'generate', field: 'scheduler' }],
  ])('says what is wrong with %s', (setting, message, place) => {
    expect(() => set(setting)).toThrow(
      expect.objectContaining({ code: 'input', message: expect.stringContaining(message), place }),
    );
  });
});
