import { useShallow } from 'zustand/react/shallow';
import { useGraph } from '../stores/graph.ts';
import { Port } from './Port.tsx';

/** The body of a node whose type the engine does not have. It keeps what it holds, and its edges have ends to go to. */
export function UnknownNode({ nodeId, type }: { nodeId: string; type: string }) {
  const inputs = usePorts(nodeId, 'to');
  const outputs = usePorts(nodeId, 'from');
  return (
    <div className="py-1.5">
      {inputs.map((name) => (
        <div key={name} className="relative flex h-7 items-center px-3 text-xs text-soft">
          <Port nodeId={nodeId} name={name} title={name} side="input" type="any" />
          {name}
        </div>
      ))}
      {outputs.map((name) => (
        <div key={name} className="relative flex h-7 items-center justify-end px-3 text-xs text-soft">
          {name}
          <Port nodeId={nodeId} name={name} title={name} side="output" type="any" />
        </div>
      ))}
      <p className="node-message bg-warning-soft text-warning">
        This version of Headroom has no node type “{type}”. The node is kept as it is, but it cannot run.
      </p>
    </div>
  );
}

/** The ports of a node that edges lead to. */
function usePorts(nodeId: string, end: 'from' | 'to'): string[] {
  return useGraph(
    useShallow(({ edges }) => [...new Set(edges.flatMap((edge) => (edge[end].node === nodeId ? edge[end].port : [])))]),
  );
}
