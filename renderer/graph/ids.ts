/** Words that say nothing when most nodes deal with pictures and something has to be loaded. */
const STOCK_WORDS = new Set(['image', 'load']);

/**
 * A readable id for a new node, such as `generate`, `model` or `save_2`: the command line's `--set` and saved documents
 * speak of nodes by it, so it says what the node does and stays short.
 */
export function freshNodeId(type: string, isTaken: (id: string) => boolean): string {
  const telling = type.split('_').filter((word) => !STOCK_WORDS.has(word));
  return firstFree(telling.join('_') || type, isTaken);
}

/** The id itself while it is free, else with the lowest free number behind it, counted on from the one it has. */
export function firstFree(id: string, isTaken: (id: string) => boolean): string {
  if (!isTaken(id)) return id;
  const stem = id.replace(/_\d+$/, '').slice(0, 56);
  let number = 2;
  while (isTaken(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}
