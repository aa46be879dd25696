import { create } from 'zustand';
import type { Point } from '../graph/document.ts';
import type { PendingConnection, PortEnd } from '../graph/pending.ts';

/** A connection that is being drawn, with its judgement of every port. */
export interface DrawnConnection extends PendingConnection {
  problemOf: (other: PortEnd) => string | null;
}

/** Where the add-node menu stands: on the screen, and where the node will go on the canvas. */
export interface AddMenu {
  screen: Point;
  canvas: Point;
  /** The connection that was dropped there; only nodes that it fits are offered, and the new one is connected. */
  pending: PendingConnection | null;
}

interface InteractionState {
  drawn: DrawnConnection | null;
  addMenu: AddMenu | null;
  /** The node whose title is being typed. */
  renaming: string | null;
  /** Nodes whose advanced inputs are shown. */
  unfolded: ReadonlySet<string>;
  /** Why what was just dropped was refused, and where in the pane. */
  refusal: { at: Point; reason: string } | null;
}

/** What the person is in the middle of. None of it belongs to the document. */
export const useInteraction = create<InteractionState>()(() => ({
  drawn: null,
  addMenu: null,
  renaming: null,
  unfolded: new Set(),
  refusal: null,
}));

export function setDrawnConnection(drawn: DrawnConnection | null): void {
  useInteraction.setState({ drawn });
}

export function setAddMenu(addMenu: AddMenu | null): void {
  useInteraction.setState({ addMenu });
}

export function setRenaming(renaming: string | null): void {
  useInteraction.setState({ renaming });
}

export function toggleUnfolded(nodeId: string): void {
  useInteraction.setState(({ unfolded }) => {
    const next = new Set(unfolded);
    if (!next.delete(nodeId)) next.add(nodeId);
    return { unfolded: next };
  });
}

export function setRefusal(refusal: InteractionState['refusal']): void {
  useInteraction.setState({ refusal });
}
