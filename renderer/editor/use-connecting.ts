import { type Connection, type FinalConnectionState, type HandleType, useReactFlow } from '@xyflow/react';
import { useMemo } from 'react';
import type { WorkflowEdge } from '../../engine/contract/workflow.ts';
import { sentence } from '../format.ts';
import type { Point } from '../graph/document.ts';
import { connect, deleteParts, reconnect } from '../graph/edits.ts';
import { edgeToNode, type PendingConnection, type PortEnd, pendingProblems } from '../graph/pending.ts';
import { edgeId, viewOf } from '../graph/view.ts';
import { edit, useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import type { FlowEdge } from './flow-graph.ts';
import { setAddMenu, setDrawnConnection, setRefusal, useInteraction } from './interaction-store.ts';

type DropEvent = MouseEvent | TouchEvent;

/** React Flow's handlers for drawing a connection, moving the end of one, and dropping either anywhere. */
export function useConnecting() {
  const flow = useReactFlow();

  return useMemo(() => {
    let moved: FlowEdge | null = null;

    function begin(pending: PendingConnection) {
      const view = viewOf(useGraph.getState());
      setRefusal(null);
      setDrawnConnection({ ...pending, problemOf: pendingProblems(pending, view, describeNode) });
    }

    /** Makes the edge; the one that is being moved goes. */
    function make(edge: WorkflowEdge) {
      const old = moved;
      edit((draft) => (old ? reconnect(draft, old.id, edge) : connect(draft, edge)));
    }

    function drop(event: DropEvent, { toHandle, isValid }: FinalConnectionState) {
      const { drawn } = useInteraction.getState();
      setDrawnConnection(null);
      if (!drawn || isValid) return;
      const at = pointOf(event);
      if (toHandle) {
        setRefusal({ at, reason: refusalAt(drawn.problemOf, drawn.side, toHandle) });
        return;
      }
      const nodeId = nodeUnder(event);
      if (nodeId !== null && nodeId !== drawn.node) {
        const result = edgeToNode(drawn, nodeId, viewOf(useGraph.getState()), describeNode);
        if ('edge' in result) make(result.edge);
        else setRefusal({ at, reason: sentence(result.problem) });
      } else if (nodeId === null) {
        if (moved) edit((draft) => deleteParts(draft, new Set(), new Set([moved?.id ?? ''])));
        else {
          const { node, port, side } = drawn;
          setAddMenu({ screen: at, canvas: flow.screenToFlowPosition(at), pending: { node, port, side } });
        }
      }
    }

    return {
      isValidConnection: (connection: Connection | FlowEdge) => {
        const { drawn } = useInteraction.getState();
        const { from, to } = edgeOf(connection);
        return drawn !== null && drawn.problemOf(drawn.side === 'output' ? to : from) === null;
      },
      onConnectStart: (_: unknown, { nodeId, handleId, handleType }: ConnectStart) => {
        if (nodeId && handleId && handleType) begin({ node: nodeId, port: handleId, side: sideOf(handleType) });
      },
      onConnect: (connection: Connection) => make(edgeOf(connection)),
      onConnectEnd: (event: DropEvent, state: FinalConnectionState) => {
        // The end of a moved edge is told of twice; the second time, below, closes it.
        if (!moved) drop(event, state);
      },
      onReconnectStart: (_: unknown, edge: FlowEdge) => {
        moved = edge;
      },
      onReconnect: (old: FlowEdge, connection: Connection) => {
        const edge = edgeOf(connection);
        if (edgeId(edge) !== old.id) edit((draft) => reconnect(draft, old.id, edge));
      },
      onReconnectEnd: (event: DropEvent, _edge: FlowEdge, _side: HandleType, state: FinalConnectionState) => {
        drop(event, state);
        moved = null;
      },
    };
  }, [flow]);
}

interface ConnectStart {
  nodeId: string | null;
  handleId: string | null;
  handleType: HandleType | null;
}

/** Why a port refuses a connection, in words; ports of the same side have no reason of their own. */
export function refusalAt(
  problemOf: (other: PortEnd) => string | null,
  side: PendingConnection['side'],
  handle: { nodeId: string; id?: string | null; type: HandleType },
): string {
  if (sideOf(handle.type) === side) return `This is an ${side} too: connect an output to an input`;
  return sentence(problemOf({ node: handle.nodeId, port: handle.id ?? '' }) ?? 'this cannot be connected');
}

function sideOf(type: HandleType): PendingConnection['side'] {
  return type === 'source' ? 'output' : 'input';
}

function edgeOf({ source, sourceHandle, target, targetHandle }: Connection | FlowEdge): WorkflowEdge {
  return { from: { node: source, port: sourceHandle ?? '' }, to: { node: target, port: targetHandle ?? '' } };
}

function pointOf(event: DropEvent): Point {
  const point = 'changedTouches' in event ? event.changedTouches[0] : event;
  return { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
}

function nodeUnder(event: DropEvent): string | null {
  const { x, y } = pointOf(event);
  const card = document.elementFromPoint(x, y)?.closest('[data-node-id]');
  return card?.getAttribute('data-node-id') ?? null;
}
