/**
 * How well a search fits a node: every word of it has to be found. The start of the title counts most, then the start of a
 * word in it, then anywhere in the title, then keywords, category and description.
 *
 * @returns 0 … 1; 0 hides the node
 */
export function matchScore(search: string, title: string, others: readonly string[]): number {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const scores = words.map((word) => wordScore(word, title.toLowerCase(), others.join('\n').toLowerCase()));
  return scores.some((score) => score === 0) ? 0 : scores.reduce((sum, score) => sum + score / scores.length, 0);
}

function wordScore(word: string, title: string, others: string): number {
  if (title.startsWith(word)) return 1;
  if (title.split(/\W+/).some((part) => part.startsWith(word))) return 0.9;
  if (title.includes(word)) return 0.7;
  if (others.split(/\W+/).some((part) => part.startsWith(word))) return 0.5;
  if (others.includes(word)) return 0.3;
  return isSubsequence(word, title.replace(/\W/g, '')) ? 0.2 : 0;
}

/** "svimg" finds "Save Image". */
function isSubsequence(word: string, text: string): boolean {
  let from = 0;
  for (const letter of word) {
    from = text.indexOf(letter, from) + 1;
    if (from === 0) return false;
  }
  return true;
}
