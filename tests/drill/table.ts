import { readWorkflow } from '../../engine/contract/migrations.ts';
import type { TableRow } from '../../engine/contract/table.ts';
import type { Workflow } from '../../engine/contract/workflow.ts';

/** A table whose rows are told apart by prompt, size, number of pictures and seed, some of them left to chance; small steps. */
export function drillWorkflow(count: number): Workflow {
  const rows = Array.from(
    { length: count },
    (_, row): TableRow => ({
      prompt: `${['red apple', 'green heart', 'yellow star', 'snowman'][row % 4]}, ${row}`,
      steps: 4 + (row % 2),
      ...(row % 3 === 0 ? {} : { seed: row }),
      ...(row % 5 === 4 ? { num_images: 2 } : {}),
    }),
  );
  const columns = ['prompt', 'seed', 'steps', 'num_images'];
  return readWorkflow({
    format: 'headroom-workflow',
    version: 1,
    name: 'Fault drill',
    nodes: {
      table: { type: 'table', inputs: { rows } },
      model: { type: 'load_model' },
      generate: { type: 'image_generate', inputs: { width: 96, height: 96 } },
      save: { type: 'save_image', inputs: { filename_prefix: '{prompt}' } },
    },
    edges: [
      ...columns.map((port) => ({ from: { node: 'table', port }, to: { node: 'generate', port } })),
      { from: { node: 'model', port: 'model' }, to: { node: 'generate', port: 'model' } },
      { from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } },
    ],
  });
}
