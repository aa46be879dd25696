import { type ConnectionLineComponentProps, getBezierPath } from '@xyflow/react';
import { outputType } from '../../engine/contract/connection.ts';
import type { PortType } from '../../engine/contract/ports.ts';
import { viewOf } from '../graph/view.ts';
import { useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { type DrawnConnection, useInteraction } from './interaction-store.ts';

/** The connection that is being drawn, in the colour of its type. */
export function ConnectionLine({
  fromX,
  fromY,
  fromPosition,
  toX,
  toY,
  toPosition,
  connectionStatus,
}: ConnectionLineComponentProps) {
  const type = useInteraction(({ drawn }) => (drawn ? typeOf(drawn) : 'any'));
  const [path] = getBezierPath({
    sourceX: fromX,
    sourceY: fromY,
    sourcePosition: fromPosition,
    targetX: toX,
    targetY: toY,
    targetPosition: toPosition,
  });
  const colour = connectionStatus === 'invalid' ? 'var(--danger)' : `var(--port-${type})`;
  return (
    <g fill="none" stroke={colour}>
      <path d={path} strokeWidth={2.5} strokeDasharray={connectionStatus === 'invalid' ? '6 5' : undefined} />
      <circle cx={toX} cy={toY} r={4} fill={colour} />
    </g>
  );
}

function typeOf({ node, port, side }: DrawnConnection): PortType {
  const view = viewOf(useGraph.getState());
  const descriptor = describeNode(view.nodeTypes.get(node) ?? '');
  if (side === 'input') return descriptor?.inputs.find((input) => input.name === port)?.type ?? 'any';
  const output = descriptor?.outputs.find((candidate) => candidate.name === port);
  return output ? outputType(node, output, view, describeNode) : 'any';
}
