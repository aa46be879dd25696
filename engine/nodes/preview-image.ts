import { defineNode } from './define.ts';
import { connection } from './ports.ts';

/** Shows pictures without keeping them. */
export const previewImage = defineNode({
  type: 'preview_image',
  version: 1,
  title: 'Preview Image',
  category: 'Image',
  description: 'Shows the pictures here. They are not kept: use Save Image for those that you want to have.',
  keywords: ['show', 'view', 'look'],
  inputs: { image: connection('image', { title: 'Image' }) },
  outputs: {},
  isOutput: true,
  showsImages: true,
  async run(context, { image }) {
    for (const [index, picture] of image.entries()) {
      await context.pictures.preview(picture);
      context.progress('save', (index + 1) / image.length, `picture ${index + 1} of ${image.length}`);
    }
    return {};
  },
});
