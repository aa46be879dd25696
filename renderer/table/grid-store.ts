import { create } from 'zustand';
import type { Block } from './edits.ts';

export interface CellPlace {
  row: number;
  column: number;
}

interface GridState {
  /** The table in the panel; null while it is closed. */
  nodeId: string | null;
  /** The cell that keys act on, and the corner that a selection began at. */
  focus: CellPlace;
  anchor: CellPlace;
  /** Text of the cell that is being typed into; null while none is. */
  draft: string | null;
}

const start: GridState = { nodeId: null, focus: { row: 0, column: 0 }, anchor: { row: 0, column: 0 }, draft: null };

/** What a person does in the grid; what is in the table is the document's. */
export const useGrid = create<GridState>()(() => start);

/** Opens a node's table in the panel, or closes the panel with null. */
export function openTable(nodeId: string | null): void {
  useGrid.setState({ ...start, nodeId });
}

export function selectCell(focus: CellPlace, anchor: CellPlace = focus): void {
  useGrid.setState({ focus, anchor, draft: null });
}

export function setDraft(draft: string | null): void {
  useGrid.setState({ draft });
}

export function blockOf({ focus, anchor }: Pick<GridState, 'focus' | 'anchor'>): Block {
  return {
    top: Math.min(focus.row, anchor.row),
    bottom: Math.max(focus.row, anchor.row),
    left: Math.min(focus.column, anchor.column),
    right: Math.max(focus.column, anchor.column),
  };
}
