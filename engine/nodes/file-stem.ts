import type { Picture } from '../images/picture.ts';

/** File systems take 255 bytes; a number, an extension and a copy's "(1)" need some of them. */
const LONGEST_BYTES = 180;
/** Names that Windows keeps for devices, whatever the extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
/** Not allowed in a name on Windows or elsewhere, or troublesome in a shell; control characters among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
const FORBIDDEN = /[<>:"/\\|?*\u0000-\u001f\u007f]/g;

/**
 * The beginning of a file name: `{prompt}`, `{seed}`, `{model}` and `{date}` are filled in, and the result is a valid name
 * on every system. What is in other braces stays as it is.
 */
export function fileStem(prefix: string, settings: Picture['settings'], now: Date): string {
  const values: Record<string, unknown> = {
    prompt: settings.prompt,
    seed: settings.seed,
    model: settings.model,
    date: localDate(now),
  };
  const filled = prefix.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name] ?? '') : whole,
  );
  const clean = filled.replaceAll(FORBIDDEN, ' ').replaceAll(/\s+/g, ' ').trim();
  const short = cut(clean)
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '');
  return short === '' || RESERVED.test(short) ? 'headroom' : short;
}

function cut(text: string): string {
  const characters = [...text];
  while (Buffer.byteLength(characters.join('')) > LONGEST_BYTES) characters.pop();
  return characters.join('');
}

/** Such as 2026-08-31, where the person is. */
function localDate(now: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
