import type { DescriptorLookup } from '../../engine/contract/connection.ts';
import type { GraphDocument } from './document.ts';
import { fieldValue } from './values.ts';

type Parts = Pick<GraphDocument, 'nodes' | 'edges'>;

/**
 * The id of the model that reaches a node through its model input, past nodes that hand it on; undefined where none does.
 * What a model recommends depends on it.
 */
export function modelFeeding(nodeId: string, { nodes, edges }: Parts, describe: DescriptorLookup): string | undefined {
  const seen = new Set<string>();
  for (let id = nodeId; !seen.has(id); ) {
    seen.add(id);
    const input = describe(nodes[id]?.type ?? '')?.inputs.find(({ type }) => type === 'model' || type === 'any');
    const source = edges.find(({ to }) => to.node === id && to.port === input?.name)?.from.node;
    const node = source === undefined ? undefined : nodes[source];
    if (source === undefined || !node) return undefined;
    const choice = describe(node.type)?.inputs.find(
      ({ field }) => field?.kind === 'model' && (field.of ?? 'model') === 'model',
    );
    if (choice) return String(fieldValue(node, choice));
    id = source;
  }
  return undefined;
}
