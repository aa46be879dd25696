// Writes docs/recommended-settings.md from the planner that runs use:
//   npx tsx build/recommended-settings.ts
// Its models have the configs and tensor shapes of published ones, and no weights: files with a header and a hole.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../engine/families/model.ts';
import { cudaDialect } from '../engine/layers/dialects/cuda.ts';
import { Corrections } from '../engine/memory/corrections.ts';
import { inWords } from '../engine/memory/words.ts';
import { NO_WISHES } from '../engine/pipelines/memory-wishes.ts';
import { estimateTextToImage } from '../engine/pipelines/text-to-image.ts';
import { type HollowModelName, hollowModel } from '../tests/support/hollow-model.ts';

/** Each with the pictures' sides in pixels. */
const MODELS = {
  sd1: { title: 'Stable Diffusion 1.5', sides: [512, 768, 1024] },
  sd2: { title: 'Stable Diffusion 2.1', sides: [512, 768, 1024] },
  sdxl: { title: 'Stable Diffusion XL', sides: [768, 1024, 1536] },
  flux_dev: { title: 'FLUX.1 dev', sides: [768, 1024, 1536] },
} as const satisfies Record<HollowModelName, unknown>;
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

function table({ title, sides }: (typeof MODELS)[HollowModelName], model: Model): string {
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
  const tables = (Object.keys(MODELS) as HollowModelName[]).map((name) => {
    return table(MODELS[name], hollowModel(name, join(folder, name)));
  });
  writeFileSync(join(import.meta.dirname, '../docs/recommended-settings.md'), [PREFACE, ...tables].join('\n'));
} finally {
  rmSync(folder, { recursive: true });
}
