import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundledModels, quietEnvironment, starterModel } from '../../tests/support/engine.ts';
import { rowWords } from '../contract/estimate.ts';
import { readWorkflowText } from '../contract/migrations.ts';
import type { TableRow } from '../contract/table.ts';
import { nodeDefinitions } from '../nodes/index.ts';
import { estimateWorkflow } from './estimate.ts';

const definitions = new Map(nodeDefinitions.map((definition) => [definition.descriptor.type, definition]));
const example = readWorkflowText(readFileSync(join(bundledModels, '../workflows/prompt-table.json'), 'utf8'));

/** The table's example with other rows, and other values in Image Generate. */
async function estimateOf(rows: TableRow[], generate: Record<string, number> = {}) {
  const { table, generate: node } = example.nodes;
  const nodes = {
    ...example.nodes,
    table: { ...table!, inputs: { rows } },
    generate: { ...node!, inputs: { ...node!.inputs, ...generate } },
  };
  const none = () => Promise.reject(new Error('nothing but the starter model is asked for'));
  const { dialect, corrections } = quietEnvironment();
  const context = {
    model: async () => starterModel(),
    upscaler: none,
    locate: none,
    dialect,
    corrections,
    budgetBytes: null,
  };
  const estimate = await estimateWorkflow({ ...example, nodes }, (type) => definitions.get(type), context, 'CPU');
  return { ...estimate, generate: estimate.nodes.generate! };
}

const big = { prompt: 'b', width: 512, height: 512, num_images: 4 };

it('takes the row of a table that needs the most, wherever it stands, and names it', async () => {
  const alone = await estimateOf([big]);
  const small = { prompt: 'a', width: 64, height: 64, seed: 9e15, steps: 150 };
  const { generate, peakBytes } = await estimateOf([
    { prompt: 'a' },
    small,
    {},
    { ...big, width: 256 },
    big,
    big,
    small,
  ]);
  expect(generate).toEqual({ ...alone.generate, row: 4 });
  expect(rowWords(generate)).toBe('row 5: 512 × 512, 4 images');
  expect(peakBytes).toBe(alone.peakBytes);
  expect(alone.generate.row).toBeUndefined();
});

it('gives an empty cell what its input has by itself, also where that is left to the model', async () => {
  const { generate } = await estimateOf([{ prompt: 'a', width: 64 }, { prompt: 'b' }, { num_images: 2 }], {
    width: 512,
  });
  expect(rowWords(generate)).toBe('row 3: 512 × 256, 2 images');
  const own = await estimateOf([{ width: 64, height: 64 }, { prompt: 'b' }]);
  expect(rowWords(own.generate)).toBe('row 2: 256 × 256, 1 image');
});

it('names no row where all need the same', async () => {
  const { generate } = await estimateOf([
    { prompt: 'a', steps: 3 },
    { prompt: 'b', guidance_scale: 9 },
  ]);
  expect(generate.row).toBeUndefined();
});

it('says which row cannot be drawn', async () => {
  const { problems } = await estimateOf([{ prompt: 'a' }, { prompt: 'b', width: 516 }]);
  expect(problems).toEqual([
    expect.objectContaining({
      message: expect.stringMatching(/^Row 2: .*516/),
      place: expect.objectContaining({ nodeId: 'generate' }),
    }),
  ]);
});

it('looks at few rows of a large table in which many sizes stand', async () => {
  const rows = Array.from({ length: 3000 }, (_, row) => ({
    prompt: 'a',
    width: 64 + 8 * (row % 50),
    height: 512 - 8 * (row % 50),
    steps: 1 + (row % 150),
  }));
  expect(rowWords((await estimateOf([...rows, big])).generate)).toBe('row 3001: 512 × 512, 4 images');
});
