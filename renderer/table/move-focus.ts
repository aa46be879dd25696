import { selectCell, useGrid } from './grid-store.ts';
import { tableOfNode } from './table-actions.ts';

/** The last places that the selection may go to: one line below the last row, where typing adds another. */
function limits(): { row: number; column: number } | null {
  const table = tableOfNode(useGrid.getState().nodeId);
  return table && { row: table.rows.length, column: table.field.columns.length - 1 };
}

interface MoveOptions {
  /** The other corner of the selection stays. */
  extends?: boolean;
  /** At the end of a line it goes on with the next. */
  wraps?: boolean;
}

/** Moves the active cell, as far as there are cells. */
export function moveFocus(rows: number, columns: number, options: MoveOptions = {}): void {
  const last = limits();
  if (!last) return;
  const { focus, anchor } = useGrid.getState();
  let row = focus.row + rows;
  let column = focus.column + columns;
  if (options.wraps && column > last.column && row < last.row) [row, column] = [row + 1, 0];
  if (options.wraps && column < 0 && row > 0) [row, column] = [row - 1, last.column];
  const next = { row: clamp(row, last.row), column: clamp(column, last.column) };
  selectCell(next, options.extends ? anchor : next);
}

/** Selects everything in the table. */
export function selectAll(): void {
  const last = limits();
  if (last) selectCell({ row: 0, column: 0 }, { row: Math.max(0, last.row - 1), column: last.column });
}

/** Selects a whole row, or all from the one that the selection began at. */
export function selectRow(row: number, isExtending: boolean): void {
  const last = limits();
  const from = isExtending ? useGrid.getState().anchor.row : row;
  if (last) selectCell({ row, column: 0 }, { row: from, column: last.column });
}

/** After typing, keys are for the grid again. */
export function focusGrid(): void {
  document.querySelector<HTMLElement>('[data-table-grid]')?.focus({ preventScroll: true });
}

function clamp(value: number, last: number): number {
  return Math.max(0, Math.min(last, value));
}
