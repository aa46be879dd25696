import type { NodeDescriptor } from '../../engine/contract/node.ts';
import type { Workflow } from '../../engine/contract/workflow.ts';

/** Node types for tests: every field kind, a node that passes a value on, advanced inputs, several outputs. */
export const exampleNodes: NodeDescriptor[] = [
  {
    type: 'load_model',
    title: 'Load Model',
    category: 'Models',
    description: 'Takes a model from the library.',
    keywords: ['checkpoint'],
    inputs: [
      {
        name: 'model',
        title: 'Model',
        type: 'text',
        connectable: false,
        required: true,
        field: { kind: 'model', default: 'starter' },
      },
      {
        name: 'vae',
        title: 'VAE',
        type: 'text',
        connectable: false,
        required: true,
        field: { kind: 'model', default: '', of: 'vae', builtIn: { value: '', title: "The model's own" } },
        advanced: true,
      },
    ],
    outputs: [{ name: 'model', title: 'Model', type: 'model' }],
    isOutput: false,
    showsImages: false,
  },
  {
    type: 'text',
    title: 'Text',
    category: 'Values',
    description: 'Words that several nodes can share.',
    keywords: ['string', 'prompt'],
    inputs: [
      {
        name: 'text',
        title: 'Text',
        type: 'text',
        connectable: false,
        required: true,
        field: { kind: 'text', default: '', multiline: true, maxLength: 10_000 },
      },
    ],
    outputs: [{ name: 'text', title: 'Text', type: 'text' }],
    isOutput: false,
    showsImages: false,
  },
  {
    type: 'image_generate',
    title: 'Image Generate',
    category: 'Generate',
    description: 'Draws pictures from a prompt.',
    keywords: ['sampler', 'ksampler', 'txt2img'],
    inputs: [
      { name: 'model', title: 'Model', type: 'model', connectable: true, required: true },
      {
        name: 'prompt',
        title: 'Prompt',
        description: 'What to draw.',
        type: 'text',
        connectable: true,
        required: true,
        field: { kind: 'text', default: '', multiline: true, placeholder: 'What to draw', maxLength: 10_000 },
      },
      {
        name: 'negative_prompt',
        title: 'Negative prompt',
        type: 'text',
        connectable: true,
        required: false,
        field: { kind: 'text', default: '', multiline: true, placeholder: 'What to leave out', maxLength: 10_000 },
      },
      {
        name: 'width',
        title: 'Width',
        type: 'integer',
        connectable: true,
        required: true,
        field: { kind: 'integer', default: 256, min: 64, max: 2048, step: 8 },
      },
      {
        name: 'height',
        title: 'Height',
        type: 'integer',
        connectable: true,
        required: true,
        field: { kind: 'integer', default: 256, min: 64, max: 2048, step: 8 },
      },
      {
        name: 'steps',
        title: 'Steps',
        type: 'integer',
        connectable: true,
        required: true,
        field: { kind: 'integer', default: 20, min: 1, max: 150, step: 1 },
      },
      {
        name: 'guidance_scale',
        title: 'Guidance scale',
        type: 'float',
        connectable: true,
        required: true,
        field: { kind: 'float', default: 7.5, min: 0, max: 30, step: 0.5 },
      },
      {
        name: 'seed',
        title: 'Seed',
        type: 'integer',
        connectable: true,
        required: true,
        field: { kind: 'seed', default: -1 },
      },
      {
        name: 'scheduler',
        title: 'Scheduler',
        type: 'text',
        connectable: false,
        required: true,
        advanced: true,
        field: {
          kind: 'enum',
          default: 'ddim',
          options: [
            { value: 'ddim', title: 'DDIM' },
            { value: 'euler', title: 'Euler' },
            { value: 'euler_ancestral', title: 'Euler ancestral' },
          ],
        },
      },
      {
        name: 'tiling',
        title: 'Seamless',
        type: 'boolean',
        connectable: true,
        required: false,
        advanced: true,
        field: { kind: 'boolean', default: false },
      },
    ],
    outputs: [{ name: 'image', title: 'Image', type: 'image' }],
    isOutput: false,
    showsImages: false,
  },
  {
    type: 'clear_cache',
    title: 'Clear Cache',
    category: 'Memory',
    description: 'Frees memory and passes its input on.',
    keywords: ['vram', 'free', 'unload'],
    inputs: [{ name: 'value', title: 'Value', type: 'any', connectable: true, required: true }],
    outputs: [{ name: 'value', title: 'Value', type: 'any', follows: 'value' }],
    isOutput: false,
    showsImages: false,
  },
  {
    type: 'save_image',
    title: 'Save Image',
    category: 'Image',
    description: 'Writes pictures to the results folder.',
    keywords: ['output', 'png'],
    inputs: [
      { name: 'image', title: 'Image', type: 'image', connectable: true, required: true },
      {
        name: 'prefix',
        title: 'File name',
        type: 'text',
        connectable: false,
        required: true,
        field: { kind: 'text', default: 'headroom', multiline: false, maxLength: 100 },
      },
    ],
    outputs: [],
    isOutput: true,
    showsImages: true,
  },
];

export const describeExample = (type: string) => exampleNodes.find((node) => node.type === type);

/** Model → generate → save, with places. */
export function exampleWorkflow(): Workflow {
  return {
    format: 'headroom-workflow',
    version: 1,
    name: 'Text to image',
    nodes: {
      model: { type: 'load_model', inputs: { model: 'starter' }, position: { x: 0, y: 0 } },
      generate: { type: 'image_generate', inputs: { prompt: 'red apple', steps: 20 }, position: { x: 400, y: 0 } },
      save: { type: 'save_image', title: 'Keep it', inputs: {}, position: { x: 800, y: 0 } },
    },
    edges: [
      { from: { node: 'model', port: 'model' }, to: { node: 'generate', port: 'model' } },
      { from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } },
    ],
  };
}
