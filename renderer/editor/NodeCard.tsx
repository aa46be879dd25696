import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { useNodeDescriptor } from '../stores/engine.ts';
import { useGraph } from '../stores/graph.ts';
import { useNodeRun } from '../stores/run.ts';
import { categoryColour } from './category-colour.ts';
import type { FlowNode } from './flow-graph.ts';
import { NodeHeader } from './NodeHeader.tsx';
import { NodeInputs } from './NodeInputs.tsx';
import { NodeMessages } from './NodeMessages.tsx';
import { NodePictures } from './NodePictures.tsx';
import { PortRows } from './PortRows.tsx';
import { UnknownNode } from './UnknownNode.tsx';

/** Any node, drawn from its descriptor. React Flow hands over no more than the id: the rest comes by narrow selectors. */
export const NodeCard = memo(function NodeCard({ id, selected }: NodeProps<FlowNode>) {
  const type = useGraph(({ nodes }) => nodes[id]?.type);
  const descriptor = useNodeDescriptor(type ?? '');
  const state = useNodeRun(id)?.state;
  if (type === undefined) return null;
  return (
    <div
      className="node-card"
      data-selected={selected || undefined}
      data-state={descriptor ? state : 'unknown'}
      style={{ '--category': categoryColour(descriptor?.category) } as React.CSSProperties}
    >
      <NodeHeader nodeId={id} title={descriptor?.title ?? type} hint={descriptor?.description} />
      {descriptor ? (
        <div className="py-1.5">
          <PortRows nodeId={id} descriptor={descriptor} />
          <NodeInputs nodeId={id} descriptor={descriptor} />
          <NodeMessages nodeId={id} descriptor={descriptor} />
          <NodePictures nodeId={id} hasPlace={descriptor.showsImages} />
        </div>
      ) : (
        <UnknownNode nodeId={id} type={type} />
      )}
    </div>
  );
});
