import type { NodeDescriptor } from '../../engine/contract/node.ts';
import { describeExample } from './example-nodes.ts';

/** A small table, for tests. */
export const tableNode: NodeDescriptor = {
  type: 'table',
  title: 'Table',
  category: 'Input',
  description: '',
  keywords: [],
  inputs: [
    {
      name: 'rows',
      title: 'Rows',
      type: 'any',
      connectable: false,
      required: true,
      field: {
        kind: 'table',
        default: [],
        maxRows: 10,
        columns: [
          { name: 'prompt', title: 'Prompt', type: 'text' },
          { name: 'seed', title: 'Seed', type: 'integer' },
          { name: 'steps', title: 'Steps', type: 'integer' },
        ],
      },
    },
  ],
  outputs: [
    { name: 'prompt', title: 'Prompt', type: 'text' },
    { name: 'steps', title: 'Steps', type: 'integer' },
  ],
  isOutput: false,
  showsImages: false,
};

export const describeWithTable = (type: string) => (type === 'table' ? tableNode : describeExample(type));
