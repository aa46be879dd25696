import { defineNode } from './define.ts';
import { fileStem } from './file-stem.ts';
import { connection, text } from './ports.ts';

/** Saves pictures in the results folder, numbered: no file is ever replaced. */
export const saveImage = defineNode({
  type: 'save_image',
  version: 1,
  title: 'Save Image',
  category: 'Image',
  description: 'Saves the pictures as PNG files in the results folder, with the workflow inside.',
  keywords: ['write', 'export', 'png', 'file', 'output'],
  inputs: {
    image: connection('image', { title: 'Image' }),
    filename_prefix: text({
      title: 'File name',
      description: 'How file names begin; a number follows. {prompt}, {seed}, {model} and {date} are filled in.',
      default: 'headroom',
      multiline: false,
      maxLength: 200,
    }),
  },
  outputs: {},
  isOutput: true,
  showsImages: true,
  async run(context, { image, filename_prefix: prefix }) {
    const today = new Date();
    for (const [index, picture] of image.entries()) {
      await context.pictures.save(picture, fileStem(prefix, picture.settings, today));
      context.progress('save', (index + 1) / image.length, `picture ${index + 1} of ${image.length}`);
    }
    return {};
  },
});
