import { titleOf } from '../graph/values.ts';
import { useNodeDescriptor } from '../stores/engine.ts';
import { useGraph } from '../stores/graph.ts';

/** What a node is called on the canvas; its id where the open document has no such node. */
export function useNodeTitle(nodeId: string): string {
  const node = useGraph((state) => state.nodes[nodeId]);
  const descriptor = useNodeDescriptor(node?.type ?? '');
  return node ? titleOf(node, descriptor) : nodeId;
}
