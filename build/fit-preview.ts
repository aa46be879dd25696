// Fits the guess of a latent's colour that previews are drawn with, and writes it into a model's headroom.json:
//   npx tsx build/fit-preview.ts resources/models/starter
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Pixels } from '../engine/images/picture.ts';
import { decodeLatents } from '../engine/pipelines/decode-latents.ts';
import { denoise } from '../engine/pipelines/denoise.ts';
import { encodeText } from '../engine/pipelines/encode-text.ts';
import { unstack } from '../engine/pipelines/latents.ts';
import { NO_WISHES } from '../engine/pipelines/memory-wishes.ts';
import { pairProducts } from '../engine/pipelines/preview.ts';
import { ladderFor } from '../engine/pipelines/text-to-image.ts';
import { modelAt, quietStage } from '../tests/support/engine.ts';

const PROMPTS = [
  'red apple',
  'green heart on a navy background',
  'blue car on a yellow background',
  'sunflower, glossy style',
  'penguin and snowman on a lavender background',
  'pizza on a mint background',
  'rocket on a sky blue background',
  'octopus on a coral background',
];
const SEEDS = [1, 2, 3, 4];

const folder = process.argv[2];
if (!folder) throw new Error('give the folder of a model');
const model = modelAt(folder, 'model');
const stage = quietStage();

/** Sums of the normal equations: predictors are the latent's channels, their products and 1; targets are colours in -1…1. */
const { channels } = model.latents;
const size = channels + (channels * (channels + 1)) / 2 + 1;
const products = Array.from({ length: size }, () => new Float64Array(size));
const targets = Array.from({ length: size }, () => new Float64Array(3));

function add(latents: Float32Array, { width, height, rgb }: Pixels): void {
  const { downscale } = model.latents;
  const [columns, rows] = [width / downscale, height / downscale];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const row = Array.from({ length: channels }, (_, channel) => latents[(channel * rows + y) * columns + x] ?? 0);
      const predictors = [...row, ...pairProducts(row), 1];
      const colour = meanColour(rgb, width, x * downscale, y * downscale, downscale);
      for (const [i, predictor] of predictors.entries()) {
        for (const [j, other] of predictors.entries()) products[i]![j]! += predictor * other;
        for (const [j, value] of colour.entries()) targets[i]![j]! += predictor * value;
      }
    }
  }
}

function meanColour(rgb: Uint8Array, width: number, left: number, top: number, side: number): number[] {
  const sums = [0, 0, 0];
  for (let y = top; y < top + side; y++) {
    for (let x = left; x < left + side; x++) {
      for (let colour = 0; colour < 3; colour++) sums[colour]! += rgb[(y * width + x) * 3 + colour]!;
    }
  }
  return sums.map((sum) => sum / (side * side) / 127.5 - 1);
}

/** Gaussian elimination with partial pivoting, for the three colours at once. */
function solve(): number[][] {
  const rows = products.map((row, i) => [...row, ...targets[i]!]);
  for (let column = 0; column < size; column++) {
    const pivot = rows.reduce(
      (best, row, i) => (i >= column && Math.abs(row[column]!) > Math.abs(rows[best]![column]!) ? i : best),
      column,
    );
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const lead = rows[column]!.map((value) => value / rows[column]![column]!);
    rows[column] = lead;
    for (const [i, row] of rows.entries()) {
      if (i !== column) rows[i] = row.map((value, j) => value - row[column]! * lead[j]!);
    }
  }
  return rows.map((row) => row.slice(size));
}

for (const prompt of PROMPTS) {
  const { width, height, steps, guidanceScale, scheduler } = model.defaults;
  const prompts = [
    { text: prompt, field: 'prompt' },
    { text: '', field: 'negative_prompt' },
  ];
  const drawing = { model, guidanceScale, scheduler, steps, width, height };
  const request = { ...drawing, prompt, negativePrompt: '', seed: 0, count: SEEDS.length, memory: NO_WISHES };
  const ladder = ladderFor(request, stage);
  const [positive, negative] = await encodeText(model, prompts, stage, ladder);
  const latents = await denoise({ ...drawing, positive: positive!, negative, seeds: SEEDS }, stage, ladder);
  const pictures = await decodeLatents(model, latents, stage);
  for (const [index, one] of unstack(latents).entries()) add(one.data, pictures[index]!);
}
const rounded = solve().map((row) => row.map((value) => Number(value.toFixed(3))));
const path = join(folder, 'headroom.json');
const settings = JSON.parse(readFileSync(path, 'utf8'));
settings.preview = {
  channels: rounded.slice(0, channels),
  products: rounded.slice(channels, -1),
  bias: rounded.at(-1),
};
writeFileSync(
  path,
  `${JSON.stringify(settings, null, 2).replaceAll(/\[\s+(-?[\d.]+),\s+(-?[\d.]+),\s+(-?[\d.]+)\s+\]/g, '[$1, $2, $3]')}\n`,
);
console.log(settings.preview);
