import { fileVersion } from '../families/adapters.ts';
import { withControl } from '../families/control-net.ts';
import type { Model } from '../families/model.ts';
import type { LibraryContext } from './context.ts';
import { defineNode, type ValuesOf } from './define.ts';
import { connection, float, modelChoice, output } from './ports.ts';

const NONE = { value: '', title: 'None' };

const fraction = (title: string, description: string, byDefault: number) =>
  float({ title, description, default: byDefault, min: 0, max: 1, step: 0.05, advanced: true });

const INPUTS = {
  model: connection('model', { title: 'Model' }),
  image: connection('image', { title: 'Image' }),
  controlnet: modelChoice({
    title: 'ControlNet',
    description: 'A ControlNet of a models folder, made for models like this one.',
    default: NONE.value,
    of: 'controlnet',
    builtIn: NONE,
  }),
  strength: float({
    title: 'Strength',
    description: 'How strictly the pictures follow the image.',
    default: 1,
    min: 0,
    max: 2,
    step: 0.05,
  }),
  start: fraction('Start', 'After which part of the steps it begins to guide.', 0),
  end: fraction('End', 'After which part of the steps it leaves the pictures to themselves.', 1),
};

/** Has the pictures of a model follow an image, beside those that it follows already. */
export const applyControlNet = defineNode({
  type: 'apply_controlnet',
  version: 1,
  title: 'Apply ControlNet',
  category: 'Model',
  description:
    'Has pictures follow an image: its edges, depths or poses, as the ControlNet was made for. The image is used as it is, in the size of the pictures. Several can follow each other.',
  keywords: ['controlnet', 'control', 'canny', 'depth', 'pose', 'guide', 'scribble'],
  inputs: INPUTS,
  outputs: { model: output('model', 'Model') },
  fingerprint: async (context, { controlnet }) =>
    controlnet === NONE.value ? '' : fileVersion(await locate(context, controlnet)),
  lookUp: async (context, inputs) => ({ model: await guided(context, inputs) }),
  run: async (context, inputs) => ({ model: await guided(context, inputs) }),
});

function locate(context: LibraryContext, controlnet: string): Promise<string> {
  return context.locate(controlnet, 'controlnet', 'controlnet');
}

/** @param image the first of several; none in an estimate */
async function guided(
  context: LibraryContext,
  { model, image, controlnet: id, strength, start, end }: ValuesOf<typeof INPUTS>,
): Promise<Model> {
  if (id === NONE.value || strength === 0) return model;
  const [first] = (image as typeof image | undefined) ?? [];
  return withControl(model, await locate(context, id), { id, image: first, strength, start, end });
}
