import { createHash } from 'node:crypto';
import { asHeadroomError } from '../contract/errors.ts';
import type { LibraryContext } from '../nodes/context.ts';
import type { PlannedInput, PlannedNode } from './plan.ts';

/**
 * What each planned node's result depends on, as one text: its type and version, the values of its fields, the files
 * behind them, and the signatures of the nodes that it takes from. Equal signatures mean equal results.
 *
 * A transparent node gives on its input's signature, so that what follows it does not change with it.
 *
 * @param copy tells outputs that put the same out several times in a run apart
 * @throws HeadroomError, placed at the node, for a value that names nothing, such as an unknown model
 */
export async function signatures(
  plan: readonly PlannedNode[],
  context: LibraryContext,
  copy = 0,
): Promise<Map<string, string>> {
  const nodes = new Map(plan.map((node) => [node.id, node]));
  const known = new Map<string, string>();

  /** Follows an edge back through transparent nodes to where the value was made. */
  const origin = (input: PlannedInput): unknown => {
    if (input.kind === 'value') return input.value;
    const source = nodes.get(input.node);
    const output = source?.definition.descriptor.outputs.find(({ name }) => name === input.port);
    const passed = source?.definition.transparent && source.inputs.get(output?.follows ?? '');
    return passed ? origin(passed) : [known.get(input.node), input.port];
  };

  for (const { id, definition, inputs } of plan) {
    const values = Object.fromEntries(
      [...inputs].flatMap(([name, input]) => (input.kind === 'value' ? [[name, input.value]] : [])),
    );
    const fingerprint = await definition.fingerprint(context, values).catch((thrown: unknown) => {
      throw asHeadroomError(thrown).at({ nodeId: id });
    });
    const { descriptor, version } = definition;
    const parts = [descriptor.type, version, fingerprint, ...[...inputs].map(([name, input]) => [name, origin(input)])];
    if (descriptor.isOutput && copy > 0) parts.push(copy);
    known.set(id, createHash('sha256').update(JSON.stringify(parts)).digest('hex'));
  }
  return known;
}
