import { defineNode } from './define.ts';
import { modelChoice, output } from './ports.ts';

/** Finds a model; its components are loaded by the stages that run them, when they do. */
export const loadModel = defineNode({
  type: 'load_model',
  version: 1,
  title: 'Load Model',
  category: 'Model',
  description: 'Chooses the model that draws. Its parts are loaded into memory when they are needed.',
  keywords: ['checkpoint', 'stable diffusion', 'sd'],
  inputs: { model: modelChoice({ title: 'Model', default: 'starter' }) },
  outputs: { model: output('model', 'Model') },
  fingerprint: async (context, { model }) => (await context.model(model)).fingerprint,
  lookUp: async (context, { model }) => ({ model: await context.model(model) }),
  run: async (context, { model }) => ({ model: await context.model(model) }),
});
