import { inEightBits, type Model } from '../families/model.ts';
import type { LibraryContext } from './context.ts';
import { defineNode, type ValuesOf } from './define.ts';
import { choice, modelChoice, output } from './ports.ts';

const [STORED, EIGHT_BITS] = ['stored', 'eight_bits'] as const;
const OWN = { value: '', title: "The model's own" };

const INPUTS = {
  model: modelChoice({ title: 'Model', default: 'starter' }),
  vae: modelChoice({
    title: 'VAE',
    description: 'Another VAE than the model has, or one for a file that has none.',
    default: OWN.value,
    of: 'vae',
    builtIn: OWN,
    advanced: true,
  }),
  text_encoder: modelChoice({
    title: 'Text encoder',
    description: 'The CLIP text encoder, from another file or model.',
    default: OWN.value,
    of: 'text_encoder',
    builtIn: OWN,
    advanced: true,
  }),
  text_encoder_2: modelChoice({
    title: 'Second text encoder',
    description: "FLUX's T5 or SDXL's larger CLIP, from another file or model.",
    default: OWN.value,
    of: 'text_encoder',
    builtIn: OWN,
    advanced: true,
  }),
  weights: choice({
    title: 'Weights',
    description:
      'Eight bits halve the memory that the denoiser and a T5 text encoder take, and round what is drawn a little. CUDA only.',
    default: STORED,
    options: [
      { value: STORED, title: 'As they are stored' },
      { value: EIGHT_BITS, title: 'Eight bits' },
    ],
    advanced: true,
  }),
};

/** Finds a model; its components are loaded by the stages that run them, when they do. */
export const loadModel = defineNode({
  type: 'load_model',
  version: 1,
  title: 'Load Model',
  category: 'Model',
  description: 'Chooses the model that draws. Its parts are loaded into memory when they are needed.',
  keywords: ['checkpoint', 'stable diffusion', 'sd', 'flux', 'vae', 'clip', 't5'],
  inputs: INPUTS,
  outputs: { model: output('model', 'Model') },
  fingerprint: async (context, inputs) => (await chosen(context, inputs)).fingerprint,
  lookUp: async (context, inputs) => ({ model: await chosen(context, inputs) }),
  run: async (context, inputs) => ({ model: await chosen(context, inputs) }),
});

async function chosen(context: LibraryContext, inputs: ValuesOf<typeof INPUTS>): Promise<Model> {
  const model = await context.model(inputs.model, partsOf(inputs));
  return inputs.weights === EIGHT_BITS ? inEightBits(model) : model;
}

function partsOf({ model: _model, weights: _weights, ...parts }: ValuesOf<typeof INPUTS>): Record<string, string> {
  return Object.fromEntries(Object.entries(parts).filter(([, id]) => id !== ''));
}
