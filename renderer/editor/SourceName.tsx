import { ArrowLeft } from 'lucide-react';
import { titleOf } from '../graph/values.ts';
import { edgeInto } from '../graph/view.ts';
import { useNodeDescriptor } from '../stores/engine.ts';
import { useGraph } from '../stores/graph.ts';

/** What feeds a connected input, in the place of its widget. */
export function SourceName({ nodeId, port }: { nodeId: string; port: string }) {
  const source = useGraph(({ nodes, edges }) => nodes[edgeInto(edges, nodeId, port)?.from.node ?? '']);
  const descriptor = useNodeDescriptor(source?.type ?? '');
  if (!source) return null;
  const name = titleOf(source, descriptor);
  return (
    <span className="flex h-8 min-w-0 items-center gap-1 text-xs text-faint" title={`Comes from ${name}`}>
      <ArrowLeft className="size-3 shrink-0" aria-label="from" />
      <span className="truncate">{name}</span>
    </span>
  );
}
