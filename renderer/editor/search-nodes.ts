import type { NodeDescriptor } from '../../engine/contract/node.ts';

/** The node types that a search finds, the best first. */
export function searchNodes(nodes: readonly NodeDescriptor[], search: string): NodeDescriptor[] {
  const scored = nodes.map((node) => ({ node, score: matchScore(search, node) }));
  return scored
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .map(({ node }) => node);
}

/**
 * How well a search fits a node type: every word of it has to be found. The start of the title counts most, then the start
 * of a word in it, then anywhere in the title, then keywords, category and description.
 *
 * @returns 0 … 1; 0 where it does not fit
 */
export function matchScore(search: string, { type, title, category, keywords, description }: NodeDescriptor): number {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const others = [type, category, ...keywords, description].join('\n').toLowerCase();
  const scores = words.map((word) => wordScore(word, title.toLowerCase(), others));
  return scores.some((score) => score === 0) ? 0 : scores.reduce((sum, score) => sum + score / scores.length, 0);
}

function wordScore(word: string, title: string, others: string): number {
  if (title.startsWith(word)) return 1;
  if (title.split(/\W+/).some((part) => part.startsWith(word))) return 0.9;
  if (title.includes(word)) return 0.7;
  if (others.split(/[\W_]+/).some((part) => part.startsWith(word))) return 0.5;
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
