import { defineNode } from './define.ts';
import { output, text as textInput } from './ports.ts';

/** Text for several nodes at once, such as a prompt that two of them share. */
export const text = defineNode({
  type: 'text',
  version: 1,
  title: 'Text',
  category: 'Input',
  description: 'A text to connect wherever text is wanted, such as a prompt that several nodes share.',
  keywords: ['prompt', 'string', 'note'],
  inputs: {
    text: textInput({ title: 'Text', default: '', multiline: true, placeholder: 'Type here', maxLength: 100_000 }),
  },
  outputs: { text: output('text', 'Text') },
  lookUp: async (_context, { text }) => ({ text }),
  run: async (_context, { text }) => ({ text }),
});
