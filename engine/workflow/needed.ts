import type { DescriptorLookup } from '../contract/connection.ts';
import type { Workflow } from '../contract/workflow.ts';

/**
 * The ids of the nodes that a run is for, and of all that they depend on.
 *
 * @param isWanted of the outputs, those that the run is for; by default all
 */
export function neededNodes(
  { nodes, edges }: Workflow,
  describe: DescriptorLookup,
  isWanted: (id: string) => boolean = () => true,
): Set<string> {
  const pending = Object.keys(nodes).filter((id) => describe(nodes[id]?.type ?? '')?.isOutput && isWanted(id));
  const needed = new Set(pending);
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    for (const { from, to } of edges) {
      if (to.node !== id || needed.has(from.node) || !Object.hasOwn(nodes, from.node)) continue;
      needed.add(from.node);
      pending.push(from.node);
    }
  }
  return needed;
}
