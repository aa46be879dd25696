import { fitOf, type ModelEstimate } from '../contract/estimate.ts';
import { MODEL_KIND_TITLES, type ModelSummary } from '../contract/models.ts';
import type { Engine } from '../host/engine.ts';
import { inWords } from '../memory/words.ts';
import { ENGINE_OPTIONS, parseCommand, withoutWords } from './arguments.ts';
import { EXIT_DONE } from './exit-codes.ts';
import { openEngineFor } from './open-engine.ts';
import { modelFolders } from './resources.ts';
import { byteSize } from './words.ts';

/** `headroom models`: what was found, what each needs, and why not where something cannot be used. */
export async function modelsCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand('models', args, ENGINE_OPTIONS);
  withoutWords('models', positionals);
  const engine = await openEngineFor(values, '.', {
    onLease: () => {},
    onMemory: () => {},
    onLog: (level, message) => process.stderr.write(`${level}: ${message}\n`),
  });
  const models = await engine.listModels();
  if (models.length === 0 && !values.json) {
    process.stdout.write(`No models in ${modelFolders(values.models).join(', ')}.\n`);
  }
  const estimated = [];
  for (const model of models) {
    const estimate = await estimateOf(engine, model);
    estimated.push({ ...model, estimate });
    if (!values.json) process.stdout.write(`${modelLines(model, estimate)}\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(estimated)}\n`);
  return EXIT_DONE;
}

/** Null for what does not draw, and for what cannot be estimated: its files may have changed since it was found. */
async function estimateOf(engine: Engine, { id, kind, usable }: ModelSummary): Promise<ModelEstimate | null> {
  if (kind !== 'model' || !usable) return null;
  return engine.estimateModel(id).catch(() => null);
}

function modelLines(model: ModelSummary, estimate: ModelEstimate | null): string {
  const { id, kind, precision, bytes, usable, needs, problem, path } = model;
  if (!usable) return `${id}  ${needs.length > 0 ? 'needs parts' : 'cannot be used'}\n  ${problem}\n  ${path}\n`;
  const facts = [model.familyTitle ?? MODEL_KIND_TITLES[kind], precision, byteSize(bytes)];
  const needed = estimate ? `\n  ${estimateLine(estimate)}` : '';
  return `${id}  ${facts.filter((fact) => fact !== null).join(', ')}${needed}\n  ${path}\n`;
}

const FITS = { yes: ', which fits', tight: ', which fits with savings', no: ', which does not fit', unknown: '' };

/** Such as "1024 × 1024 takes 9.4 GiB of memory, at least 1.3 GiB, which fits with savings". */
function estimateLine({ width, height, undegradedBytes, leastBytes, budgetBytes }: ModelEstimate): string {
  const least = leastBytes < undegradedBytes ? `, at least ${inWords(leastBytes)}` : '';
  const fit = FITS[fitOf({ peakBytes: leastBytes, undegradedBytes }, budgetBytes)];
  return `${width} × ${height} takes ${inWords(undegradedBytes)} of memory${least}${fit}`;
}
