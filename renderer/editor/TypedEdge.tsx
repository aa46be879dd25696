import { BaseEdge, type EdgeProps, getBezierPath } from '@xyflow/react';
import { memo } from 'react';
import { useRun } from '../stores/run.ts';
import type { FlowEdge } from './flow-graph.ts';

/** An edge in the colour of what it carries; it flows while the node that it feeds is at work. */
export const TypedEdge = memo(function TypedEdge(props: EdgeProps<FlowEdge>) {
  const { sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition, target, data, selected } = props;
  const isFlowing = useRun(({ nodes }) => nodes[target]?.state === 'running');
  const [path] = getBezierPath({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition });
  return (
    <BaseEdge
      path={path}
      interactionWidth={16}
      className="typed-edge"
      data-selected={selected || undefined}
      data-flowing={isFlowing || undefined}
      style={{ '--port': `var(--port-${data?.type ?? 'any'})` } as React.CSSProperties}
    />
  );
});
