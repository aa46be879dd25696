import type { WorkflowEdge } from '../contract/workflow.ts';

/**
 * The loops of a graph: groups of nodes that can each be reached from each other, and nodes that feed themselves, every
 * node in at most one. Tarjan's strongly connected components (doi:10.1137/0201010), without recursion.
 */
export function findLoops(nodes: readonly string[], edges: readonly WorkflowEdge[]): string[][] {
  const next = new Map<string, string[]>(nodes.map((node) => [node, []]));
  for (const { from, to } of edges) if (next.has(to.node)) next.get(from.node)?.push(to.node);

  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const groups: string[][] = [];
  const visit = (root: string) => {
    const path = [{ node: root, pending: [...(next.get(root) ?? [])] }];
    index.set(root, index.size);
    lowest.set(root, index.get(root) as number);
    open.push(root);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const child = top.pending.shift();
      if (child === undefined) {
        path.pop();
        const parent = path.at(-1);
        if (parent) lowest.set(parent.node, Math.min(lowestOf(parent.node), lowestOf(top.node)));
        if (lowestOf(top.node) === index.get(top.node)) groups.push(open.splice(open.indexOf(top.node)));
      } else if (!index.has(child)) {
        index.set(child, index.size);
        lowest.set(child, index.get(child) as number);
        open.push(child);
        path.push({ node: child, pending: [...(next.get(child) ?? [])] });
      } else if (open.includes(child)) {
        lowest.set(top.node, Math.min(lowestOf(top.node), index.get(child) as number));
      }
    }
  };
  const lowestOf = (node: string) => lowest.get(node) as number;
  for (const node of nodes) if (!index.has(node)) visit(node);
  return groups.filter(([first = '', ...others]) => others.length > 0 || next.get(first)?.includes(first));
}
