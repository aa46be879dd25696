// Writes docs/recommended-settings.md, and what the app shows of it, from the planner that runs use:
//   npx tsx build/recommended-settings.ts
// Its models have the configs and tensor shapes of published ones, and no weights: files with a header and a hole.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../engine/families/model.ts';
import { cudaDialect } from '../engine/layers/dialects/cuda.ts';
import { Corrections } from '../engine/memory/corrections.ts';
import { inWords } from '../engine/memory/words.ts';
import { NO_WISHES } from '../engine/pipelines/memory-wishes.ts';
import { estimateTextToImage } from '../engine/pipelines/text-to-image.ts';
import type {
  Recommendation,
  RecommendedModel,
  RecommendedSettings,
} from '../renderer/recommended/recommended-settings.ts';
import { hollowModel } from '../tests/support/hollow-model.ts';

/** Each with what its weights are stored in, and the pictures' sides in pixels. */
const MODELS = [
  { name: 'sd1', stored: 'F16', title: 'Stable Diffusion 1.5', sides: [512, 768, 1024] },
  { name: 'sd2', stored: 'F16', title: 'Stable Diffusion 2.1', sides: [512, 768, 1024] },
  { name: 'sdxl', stored: 'F16', title: 'Stable Diffusion XL', sides: [768, 1024, 1536] },
  { name: 'flux_dev', stored: 'F16', title: 'FLUX.1 dev', sides: [768, 1024, 1536] },
  { name: 'flux_dev', stored: 'F8_E4M3', title: 'FLUX.1 dev in eight bits', sides: [768, 1024, 1536] },
] as const;
const BUDGETS = [4, 6, 8, 12, 16, 24, 32, 48].map((gibibytes) => gibibytes * 2 ** 30);
const MOST = 8;

const PREFACE = `# Recommended settings

**These are estimates of the planner, not measurements.** They come from the graphs that Headroom builds for a CUDA card in float16
and from the same code that plans a run; \`npx tsx build/recommended-settings.ts\` makes this page, and the table that the app
shows under Help and in its list of models. How the estimates are made is in [memory.md](memory.md). No figure of this page was
measured on a card, and what CUDA's libraries take for themselves while they work is not in them. Weights are stored in float16 where
nothing else is said; in bfloat16 they take as much. Autoencoders that overflow in float16 compute in float32.

A *budget* is what weights and runs may take together: what is free on the card beside other programs, less what CUDA takes for
itself. A card of 8 GiB that also drives the screen is closer to the row of 6 GiB. A run in the automatic mode starts with the
least savings that are expected to fit into what is free, or into the limit (\`--vram-limit\`), and takes more where memory runs out.
`;

function estimate(model: Model, side: number, count: number, budget: number | null) {
  const { guidanceScale } = model.defaults;
  const context = { dialect: cudaDialect, corrections: new Corrections(null, ''), budgetBytes: budget };
  const wanted = { model, width: side, height: side, guidanceScale, count, memory: NO_WISHES };
  return estimateTextToImage(wanted, context);
}

/** @param whole bytes that 1, 2, … pictures need without savings */
async function recommendation(
  model: Model,
  side: number,
  whole: readonly number[],
  budget: number,
): Promise<Recommendation> {
  const together = whole.filter((bytes) => bytes <= budget).length;
  const all = await estimate(model, side, MOST, budget);
  const fits = all.peakBytes <= budget;
  return {
    side,
    budgets: [budget / 2 ** 30],
    together,
    togetherBytes: whole[together - 1] ?? 0,
    fits,
    savings: fits ? all.savings : [],
    peakBytes: fits ? all.peakBytes : all.leastBytes,
  };
}

async function recommendedModel({ title, sides }: (typeof MODELS)[number], model: Model): Promise<RecommendedModel> {
  const rows: Recommendation[] = [];
  for (const side of sides) {
    const whole: number[] = [];
    for (let count = 1; count <= MOST; count++) whole.push((await estimate(model, side, count, null)).peakBytes);
    const byAnswer = new Map<string, Recommendation>();
    for (const budget of BUDGETS) {
      const row = await recommendation(model, side, whole, budget);
      const answer = JSON.stringify({ ...row, budgets: [] });
      byAnswer.set(answer, { ...row, budgets: [...(byAnswer.get(answer)?.budgets ?? []), ...row.budgets] });
    }
    rows.push(...byAnswer.values());
  }
  const { stages } = await estimate(model, sides[0], 1, null);
  const weights = stages.map(({ component, weightBytes }) => ({ component, bytes: weightBytes }));
  return { family: model.family.id, title, guidance: model.denoiserCalls.guidance, weights, rows };
}

const GUIDANCE = {
  'classifier-free': 'With guidance, so that the denoiser draws each picture twice in a batch.',
  embedded: 'Its guidance costs nothing.',
  none: 'It has no guidance.',
};

function markdownRow({ side, budgets, together, togetherBytes, fits, savings, peakBytes }: Recommendation): string {
  const cells = [
    `${side} × ${side}`,
    `${budgets.join(', ')} GiB`,
    together === 0 ? 'none' : `${together} (${inWords(togetherBytes)})`,
    fits ? savings.join('; ') || 'without savings' : `does not fit: needs ${inWords(peakBytes)}`,
    fits ? inWords(peakBytes) : '',
  ];
  return `| ${cells.join(' | ')} |`;
}

function markdown({ title, weights, guidance, rows }: RecommendedModel): string {
  const parts = weights.map(({ component, bytes }) => `${component} ${inWords(bytes)}`).join(', ');
  return `## ${title}

Weights, as a card holds them: ${parts}. ${GUIDANCE[guidance]}

| pictures of | budget | together without savings (peak) | ${MOST} pictures | peak |
| --- | --- | --- | --- | --- |
${rows.map(markdownRow).join('\n')}
`;
}

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'headroom-hollow-'));
try {
  const models: RecommendedModel[] = [];
  for (const model of MODELS) {
    models.push(await recommendedModel(model, hollowModel(model.name, join(folder, model.title), model.stored)));
  }
  const settings: RecommendedSettings = { pictures: MOST, models };
  const data = join(root, 'renderer/recommended/recommended-settings.json');
  writeFileSync(data, JSON.stringify(settings));
  execFileSync(process.execPath, [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'format', '--write', data]);
  writeFileSync(join(root, 'docs/recommended-settings.md'), [PREFACE, ...models.map(markdown)].join('\n'));
} finally {
  rmSync(folder, { recursive: true });
}
