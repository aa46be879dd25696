import { defineNode } from './define.ts';
import { output, table as tableInput } from './ports.ts';

/**
 * What lies downstream of a table runs once for each of its rows: the workflow engine puts a row's cells in the place of
 * the connections (`engine/workflow/rows.ts`). The node itself runs only for what cannot hold a value of its own, with
 * the one row at hand.
 */
export const table = defineNode({
  type: 'table',
  version: 1,
  title: 'Table',
  category: 'Input',
  description:
    'Runs what is connected to its columns once for each row. An empty cell leaves the value that the input has by itself.',
  keywords: ['rows', 'csv', 'spreadsheet', 'batch', 'prompts', 'list', 'grid'],
  inputs: {
    rows: tableInput({
      title: 'Rows',
      description: 'One run of the connected nodes each; rows without any cell filled in are left out.',
      default: [],
      columns: [
        { name: 'prompt', title: 'Prompt', type: 'text' },
        { name: 'negative_prompt', title: 'Negative prompt', type: 'text' },
        { name: 'seed', title: 'Seed', type: 'integer' },
        { name: 'width', title: 'Width', type: 'integer' },
        { name: 'height', title: 'Height', type: 'integer' },
        { name: 'steps', title: 'Steps', type: 'integer' },
        { name: 'guidance_scale', title: 'Guidance', type: 'float' },
        { name: 'num_images', title: 'Images', type: 'integer' },
      ],
      maxRows: 20_000,
    }),
  },
  outputs: {
    prompt: output('text', 'Prompt'),
    negative_prompt: output('text', 'Negative prompt'),
    seed: output('integer', 'Seed'),
    width: output('integer', 'Width'),
    height: output('integer', 'Height'),
    steps: output('integer', 'Steps'),
    guidance_scale: output('float', 'Guidance scale'),
    num_images: output('integer', 'Images'),
  },
  // An empty cell is undefined whatever its column's type: the input behind it then has its default.
  run: async (_context, { rows: [row = {}] }) => row as never,
});
