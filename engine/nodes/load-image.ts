import { fileFingerprint, pictureSize, readPicture } from '../images/read-picture.ts';
import { defineNode } from './define.ts';
import { imageFile, output } from './ports.ts';

const NOTHING = new Uint8Array(0);

/** Brings a picture from disk into a workflow. */
export const loadImage = defineNode({
  type: 'load_image',
  version: 1,
  title: 'Load Image',
  category: 'Image',
  description:
    'A picture from a PNG, JPEG or WebP file. Its mask is what is transparent or, in a picture without transparency, what is bright.',
  keywords: ['open', 'file', 'photo', 'picture', 'mask', 'alpha'],
  inputs: { image: imageFile({ title: 'Picture', description: 'Choose a file, or drop one here.' }) },
  outputs: { image: output('image', 'Image'), mask: output('mask', 'Mask') },
  fingerprint: (_context, { image }) => fileFingerprint(image.path),
  // Estimates ask for sizes alone.
  async lookUp(_context, { image }) {
    const size = (await pictureSize(image.path)) ?? { width: 0, height: 0 };
    return { image: [{ ...size, rgb: NOTHING, settings: {} }], mask: { ...size, values: NOTHING } };
  },
  async run(_context, { image }) {
    const { pixels, mask } = await readPicture(image.path);
    return { image: [{ ...pixels, settings: {} }], mask };
  },
});
