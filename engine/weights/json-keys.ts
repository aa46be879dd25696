/**
 * The keys that occur twice in one object of a JSON text, at any depth. `JSON.parse` silently keeps the last of them.
 *
 * @param text valid JSON
 */
export function duplicateKeys(text: string): string[] {
  const duplicates: string[] = [];
  const scopes: Set<string>[] = [];
  let lastText = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = endOfText(text, at);
      lastText = text.slice(at, end + 1);
      at = end;
    } else if (character === '{' || character === '[') scopes.push(new Set());
    else if (character === '}' || character === ']') scopes.pop();
    else if (character === ':') {
      const key: string = JSON.parse(lastText);
      const keys = scopes.at(-1);
      if (keys?.has(key)) duplicates.push(key);
      keys?.add(key);
    }
  }
  return duplicates;
}

/** Where the text literal that begins at `start` has its closing quote. */
function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
