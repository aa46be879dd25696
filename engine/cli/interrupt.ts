/**
 * Calls `stop` on the first Ctrl+C. From then on a further one ends the process at once, in the middle of a step.
 *
 * @returns what stops listening
 */
export function onInterrupt(stop: () => void): () => void {
  process.once('SIGINT', stop);
  return () => process.removeListener('SIGINT', stop);
}
