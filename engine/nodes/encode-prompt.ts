import { encodePrompt as encode, partRequest } from '../pipelines/latent-pictures.ts';
import { estimateTextToImage } from '../pipelines/text-to-image.ts';
import { defineNode } from './define.ts';
import { PLAIN_PROMPT } from './drawing-inputs.ts';
import { connection, output, text } from './ports.ts';

/** A prompt as the denoiser takes it: the first step of Image Generate alone. */
export const encodePrompt = defineNode({
  type: 'encode_prompt',
  version: 1,
  title: 'Encode Prompt',
  category: 'Step by step',
  description: 'Reads a prompt with the text encoders of a model, for Sample.',
  keywords: ['clip', 'text encode', 'conditioning', 't5'],
  inputs: {
    model: connection('model', { title: 'Model' }),
    prompt: text({
      title: 'Prompt',
      default: '',
      multiline: true,
      placeholder: 'What should the picture show?',
      maxLength: 100_000,
    }),
    plain_prompt: PLAIN_PROMPT,
  },
  outputs: { conditioning: output('conditioning', 'Encoded prompt') },
  estimate: async (context, { model }) => estimateTextToImage(partRequest('prompts', model), context),
  prompts: ({ model, prompt: text, plain_prompt: plain }) => ({ model, prompts: [{ text, field: 'prompt', plain }] }),
  run: async (context, { model, prompt, plain_prompt: plain }) => ({
    conditioning: await encode(model, prompt, plain, context),
  }),
});
