import { useEngine } from '../stores/engine.ts';

/** Colours in `editor.css`. */
const COLOURS = 7;

/** The colour of a category: categories take the colours in the order in which the engine names them. */
export function categoryColour(category: string | undefined): string {
  const categories = [...new Set(useEngine.getState().nodes.map((node) => node.category))];
  const index = category === undefined ? -1 : categories.indexOf(category);
  return index < 0 ? 'var(--text-faint)' : `var(--category-${index % COLOURS})`;
}
