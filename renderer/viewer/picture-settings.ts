import type { ShownImage } from '../../electron/ipc/contract.ts';
import { fileName, formatName } from '../format.ts';

/** Settings that are long text and get a place of their own. */
const TEXTS = ['prompt', 'negative_prompt'] as const;

/** A picture in one line: its prompt and seed where it has them, else its file's name. */
export function pictureTitle({ settings, path }: ShownImage): string {
  const prompt = typeof settings.prompt === 'string' ? settings.prompt.trim() : '';
  const seed = settings.seed;
  if (prompt === '') return fileName(path);
  return typeof seed === 'number' ? `${prompt} (seed ${seed})` : prompt;
}

/** The texts that drew a picture, those that are not empty. */
export function pictureTexts({ settings }: ShownImage): { title: string; text: string }[] {
  return TEXTS.flatMap((name) => {
    const text = settings[name];
    return typeof text === 'string' && text.trim() !== '' ? [{ title: sentenceName(name), text }] : [];
  });
}

/** Everything else that drew it, as rows of a name and a value, with its size first. */
export function pictureRows({ settings, width, height }: ShownImage): { title: string; value: string }[] {
  const rows = Object.entries(settings)
    .filter(([name, value]) => value !== null && !skipped.has(name))
    .map(([name, value]) => ({
      title: sentenceName(name),
      value: name === 'memory_savings' ? savingsWords(String(value)) : String(value),
    }));
  return [{ title: 'Size', value: `${width} × ${height}` }, ...rows];
}

const skipped = new Set<string>([...TEXTS, 'seed', 'width', 'height']);

/** The names of the rungs that a run went down, such as "vae-slicing, single-images", as a person reads them. */
function savingsWords(rungs: string): string {
  const words = rungs.replaceAll('-', ' ').replaceAll(/\bvae\b/g, 'VAE');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function sentenceName(name: string): string {
  const words = formatName(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
