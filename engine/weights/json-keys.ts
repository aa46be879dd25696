const QUOTE = 0x22;
const COLON = 0x3a;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);

/**
 * The keys that occur twice in one object of a JSON text, at any depth. `JSON.parse` silently keeps the last of them.
 *
 * @param text valid JSON
 */
export function duplicateKeys(text: string): string[] {
  const duplicates: string[] = [];
  const scopes: Set<string>[] = [];
  let [start, end] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      start = at;
      end = endOfText(text, start);
      at = end;
    } else if (OPENING.has(character)) scopes.push(new Set());
    else if (CLOSING.has(character)) scopes.pop();
    else if (character === COLON) {
      const written = text.slice(start + 1, end);
      const key: string = written.includes('\\') ? JSON.parse(`"${written}"`) : written;
      const keys = scopes.at(-1);
      if (keys?.has(key)) duplicates.push(key);
      keys?.add(key);
    }
  }
  return duplicates;
}

/** Where the text literal that begins at `start` has its closing quote. */
function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}
