import { type AdaptedModel, fileVersion, withLora } from '../families/adapters.ts';
import { examples } from '../weights/lora/targets.ts';
import type { LibraryContext } from './context.ts';
import { defineNode, type ValuesOf } from './define.ts';
import { connection, float, modelChoice, output } from './ports.ts';

const NONE = { value: '', title: 'None' };

const INPUTS = {
  model: connection('model', { title: 'Model' }),
  lora: modelChoice({
    title: 'LoRA',
    description: 'A LoRA, LoCon, LoHa, LoKr or DoRA file of a models folder, made for models like this one.',
    default: NONE.value,
    of: 'lora',
    builtIn: NONE,
  }),
  weight: float({
    title: 'Weight',
    description: 'How much of it is added. Less than 0 draws the opposite of what it was made for.',
    default: 1,
    min: -2,
    max: 2,
    step: 0.05,
  }),
};

/** Adds a LoRA to a model, beside those that it has. */
export const loadLora = defineNode({
  type: 'load_lora',
  version: 1,
  title: 'Load LoRA',
  category: 'Model',
  description:
    'Draws with a LoRA: a small file that adds a style or a subject to a model. Several can follow each other. The model itself is not changed.',
  keywords: ['lora', 'locon', 'loha', 'lokr', 'dora', 'lycoris', 'style', 'adapter', 'fine-tune'],
  inputs: INPUTS,
  outputs: { model: output('model', 'Model') },
  fingerprint: async (context, { lora }) => (lora === NONE.value ? '' : fileVersion(await locate(context, lora))),
  lookUp: async (context, inputs) => ({ model: (await adapted(context, inputs)).model }),
  async run(context, inputs) {
    const { model, unmatched } = await adapted(context, inputs);
    if (unmatched.length > 0) {
      const what = unmatched.length === 1 ? 'one layer' : `${unmatched.length} layers`;
      context.warning(
        `${inputs.lora} changes ${what} that ${model.title} does not have: ${examples(unmatched)}.`,
        'lora',
      );
    }
    return { model };
  },
});

function locate(context: LibraryContext, lora: string): Promise<string> {
  return context.locate(lora, 'lora', 'lora');
}

async function adapted(
  context: LibraryContext,
  { model, lora, weight }: ValuesOf<typeof INPUTS>,
): Promise<AdaptedModel> {
  if (lora === NONE.value || weight === 0) return { model, unmatched: [] };
  return withLora(model, await locate(context, lora), lora, weight);
}
