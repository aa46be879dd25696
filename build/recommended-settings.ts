// Writes docs/recommended-settings.md from the planner that runs use:
//   npx tsx build/recommended-settings.ts
// Its models have the configs and tensor shapes of published ones, and no weights: files with a header and a hole.
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Model } from '../engine/families/model.ts';
import { cudaDialect } from '../engine/layers/dialects/cuda.ts';
import { Corrections } from '../engine/memory/corrections.ts';
import { inWords } from '../engine/memory/words.ts';
import { NO_WISHES } from '../engine/pipelines/memory-wishes.ts';
import { estimateTextToImage } from '../engine/pipelines/text-to-image.ts';
import { openCheckpoint } from '../engine/weights/layouts/checkpoint.ts';
import { modelAt } from '../tests/support/engine.ts';
import { readReferenceJson, referencePath } from '../tests/support/fixtures.ts';

/** Each with the pictures' sides in pixels. */
const MODELS = {
  sd1: { title: 'Stable Diffusion 1.5', sides: [512, 768, 1024] },
  sd2: { title: 'Stable Diffusion 2.1', sides: [512, 768, 1024] },
  sdxl: { title: 'Stable Diffusion XL', sides: [768, 1024, 1536] },
  flux_dev: { title: 'FLUX.1 dev', sides: [768, 1024, 1536] },
} as const;
type ModelName = keyof typeof MODELS;
const BUDGETS = [4, 6, 8, 12, 16, 24, 32, 48].map((gibibytes) => gibibytes * 2 ** 30);
const MOST = 8;

const PREFACE = `# Recommended settings

**These are estimates of the planner, not measurements.** They come from the graphs that Headroom builds for a CUDA card in float16
and from the same code that plans a run; \`npx tsx build/recommended-settings.ts\` makes this page. How the estimates are made is
in [memory.md](memory.md). No figure of this page was measured on a card, and what CUDA's libraries take for themselves while they
work is not in them.

A *budget* is what weights and runs may take together: what is free on the card beside other programs, less what CUDA takes for
itself. A card of 8 GiB that also drives the screen is closer to the row of 6 GiB. A run in the automatic mode starts with the
least savings that are expected to fit into what is free, or into the limit (\`--vram-limit\`), and takes more where memory runs out.
`;

type Shapes = Record<string, readonly number[]>;

/** A safetensors file in float16 with a true header, whose data is a hole in the file. */
function writeHollow(path: string, shapes: Shapes): void {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = end;
    end += shape.reduce((product, size) => product * size, 2);
    return [name, { dtype: 'F16', shape, data_offsets: [start, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([length, header]));
  const file = openSync(path, 'r+');
  ftruncateSync(file, length.length + header.length + end);
  closeSync(file);
}

const writeJson = (path: string, content: unknown) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
};

/** A diffusers folder with a published model's configs and shapes. */
function hollowModel(name: ModelName, folder: string): Model {
  const fullSize = JSON.parse(gunzipSync(readFileSync(referencePath('layouts/full-size.json.gz'))).toString());
  const published = readReferenceJson<Record<string, Record<string, unknown>>>('layouts/published.json')[name];
  const single = join(folder, 'single.safetensors');
  writeHollow(single, fullSize[name]);
  const { networks } = openCheckpoint(single);
  for (const [network, { tensors }] of Object.entries(networks)) {
    const shapes = tensors.map(({ name: tensor, shape, arrangement }) => {
      return [tensor, arrangement === 'transposed' ? shape.toReversed() : shape] as const;
    });
    const weights = network.startsWith('text_encoder') ? 'model' : 'diffusion_pytorch_model';
    writeHollow(join(folder, network, `${weights}.safetensors`), Object.fromEntries(shapes));
    writeJson(join(folder, network, 'config.json'), published?.[network]);
  }
  writeJson(join(folder, 'scheduler/scheduler_config.json'), published?.scheduler);
  writeJson(join(folder, 'model_index.json'), { _class_name: published?.pipeline });
  for (const tokenizer of ['tokenizer', 'tokenizer_2']) mkdirSync(join(folder, tokenizer));
  return modelAt(folder, name);
}

function estimate(model: Model, side: number, count: number, budget: number | null) {
  const { steps, guidanceScale, scheduler } = model.defaults;
  const context = { dialect: cudaDialect, corrections: new Corrections(null, ''), budgetBytes: budget };
  const wanted = { model, prompt: '', negativePrompt: '', width: side, height: side, steps, guidanceScale, scheduler };
  return estimateTextToImage({ ...wanted, seed: 0, count, memory: NO_WISHES }, context);
}

const GUIDANCE = {
  'classifier-free': 'With guidance, so that the denoiser draws each picture twice in a batch.',
  embedded: 'Its guidance costs nothing.',
  none: 'It has no guidance.',
};

/** @param whole bytes that 1, 2, … pictures need without savings */
function cellsFor(model: Model, side: number, whole: readonly number[], budget: number): string {
  const together = whole.filter((bytes) => bytes <= budget).length;
  const most = whole[together - 1];
  const all = estimate(model, side, MOST, budget);
  const fits = all.peakBytes <= budget;
  return [
    most === undefined ? 'none' : `${together} (${inWords(most)})`,
    fits ? all.savings.join('; ') || 'without savings' : `does not fit: needs ${inWords(all.leastBytes)}`,
    fits ? inWords(all.peakBytes) : '',
  ].join(' | ');
}

function table({ title, sides }: (typeof MODELS)[ModelName], model: Model): string {
  const counts = Array.from({ length: MOST }, (_, index) => index + 1);
  const rows = sides.flatMap((side) => {
    const whole = counts.map((count) => estimate(model, side, count, null).peakBytes);
    const budgets = new Map<string, number[]>();
    for (const budget of BUDGETS) {
      const cells = cellsFor(model, side, whole, budget);
      budgets.set(cells, [...(budgets.get(cells) ?? []), budget / 2 ** 30]);
    }
    return [...budgets].map(([cells, same]) => `| ${side} × ${side} | ${same.join(', ')} GiB | ${cells} |`);
  });
  const { stages } = estimate(model, sides[0], 1, null);
  const weights = stages.map(({ component, weightBytes }) => `${component} ${inWords(weightBytes)}`).join(', ');
  return `## ${title}

Weights, in float16 but for autoencoders that overflow in it: ${weights}. ${GUIDANCE[model.denoiserCalls.guidance]}

| pictures of | budget | together without savings (peak) | ${MOST} pictures | peak |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

const folder = mkdtempSync(join(tmpdir(), 'headroom-hollow-'));
try {
  const tables = (Object.keys(MODELS) as ModelName[]).map((name) => {
    return table(MODELS[name], hollowModel(name, join(folder, name)));
  });
  writeFileSync(join(import.meta.dirname, '../docs/recommended-settings.md'), [PREFACE, ...tables].join('\n'));
} finally {
  rmSync(folder, { recursive: true });
}
