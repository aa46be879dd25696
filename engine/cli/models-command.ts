import { MODEL_KIND_TITLES, type ModelSummary } from '../contract/models.ts';
import { ModelLibrary } from '../library/library.ts';
import { parseCommand, SHARED_OPTIONS } from './arguments.ts';
import { EXIT_DONE } from './exit-codes.ts';
import { modelFolders, tokenizersFolder } from './resources.ts';
import { byteSize } from './words.ts';

/** `headroom models`: what was found, and why not where something cannot be used. */
export async function modelsCommand(args: readonly string[]): Promise<number> {
  const { values } = parseCommand('models', args, SHARED_OPTIONS);
  const folders = modelFolders(values.models);
  const models = await new ModelLibrary(folders, tokenizersFolder()).list();
  process.stdout.write(values.json ? `${JSON.stringify(models)}\n` : modelsReport(models, folders));
  return EXIT_DONE;
}

function modelsReport(models: readonly ModelSummary[], folders: readonly string[]): string {
  if (models.length === 0) return `No models in ${folders.join(', ')}.\n`;
  return models.map(modelLines).join('\n');
}

function modelLines(model: ModelSummary): string {
  const { id, kind, precision, bytes, usable, needs, problem, defaults, path } = model;
  if (!usable) return `${id}  ${needs.length > 0 ? 'needs parts' : 'cannot be used'}\n  ${problem}\n  ${path}\n`;
  const familyTitle = model.familyTitle ?? MODEL_KIND_TITLES[kind];
  const size = defaults && `draws ${defaults.width} × ${defaults.height}`;
  const facts = [familyTitle, precision, byteSize(bytes), size].filter((fact) => fact !== null);
  return `${id}  ${facts.join(', ')}\n  ${path}\n`;
}
