import { Handle, Position } from '@xyflow/react';
import type { PortType } from '../../engine/contract/ports.ts';
import { cn } from '../ui/cn.ts';
import { type DrawnConnection, useInteraction } from './interaction-store.ts';
import { takeEdgeEnd } from './take-edge-end.ts';

interface PortProps {
  nodeId: string;
  name: string;
  title: string;
  side: 'input' | 'output';
  type: PortType;
  /** A required input that nothing feeds yet is drawn hollow. */
  hollow?: boolean;
  /** In a row that may grow it stands beside the first line, where the name is. */
  atTop?: boolean;
}

/** One typed end for edges. While a connection is drawn, ports that it may end at stand out and the others step back. */
export function Port({ nodeId, name, title, side, type, hollow = false, atTop = false }: PortProps) {
  const part = useInteraction(({ drawn }) => partIn(drawn, nodeId, name, side));
  return (
    <Handle
      id={name}
      type={side === 'output' ? 'source' : 'target'}
      position={side === 'output' ? Position.Right : Position.Left}
      aria-label={`${title}: ${side}, ${type}`}
      data-port={`${title} · ${type}`}
      data-part={part}
      onMouseDownCapture={side === 'input' ? (event) => takeEdgeEnd(event, nodeId, name) : undefined}
      className={cn('port', hollow && 'port-hollow', atTop && 'port-at-top')}
      style={{ '--port': `var(--port-${type})` } as React.CSSProperties}
    />
  );
}

/** What a port is to the connection that is being drawn. */
function partIn(drawn: DrawnConnection | null, node: string, port: string, side: PortProps['side']) {
  if (!drawn) return undefined;
  if (drawn.node === node && drawn.port === port && drawn.side === side) return 'begun';
  return drawn.side !== side && drawn.problemOf({ node, port }) === null ? 'fits' : 'refused';
}
