import type { KeyboardEvent } from 'react';
import { openTable, selectCell, setDraft, useGrid } from './grid-store.ts';
import { moveFocus, selectAll } from './move-focus.ts';
import { clearCells, deleteRows, duplicateRows, fillDown, insertRow, moveRows, tableOfNode } from './table-actions.ts';

const FAR = Number.MAX_SAFE_INTEGER / 2;
const PAGE = 12;

/** What keys do while no cell is typed into. What is not for the grid, such as undo and run, goes on to the window. */
export function onGridKey(event: KeyboardEvent<HTMLElement>): void {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  const isControl = ctrlKey || metaKey;
  const name = `${isControl ? 'Ctrl+' : ''}${altKey ? 'Alt+' : ''}${key.length === 1 ? key.toLowerCase() : key}`;
  const by = (rows: number, columns: number) => () => moveFocus(rows, columns, { extends: shiftKey });
  const actions: Record<string, () => void> = {
    ArrowUp: by(-1, 0),
    ArrowDown: by(1, 0),
    ArrowLeft: by(0, -1),
    ArrowRight: by(0, 1),
    'Ctrl+ArrowUp': by(-FAR, 0),
    'Ctrl+ArrowDown': by(FAR, 0),
    'Ctrl+ArrowLeft': by(0, -FAR),
    'Ctrl+ArrowRight': by(0, FAR),
    PageUp: by(-PAGE, 0),
    PageDown: by(PAGE, 0),
    Home: by(0, -FAR),
    End: by(0, FAR),
    'Ctrl+Home': by(-FAR, -FAR),
    'Ctrl+End': by(FAR, FAR),
    Tab: () => moveFocus(0, shiftKey ? -1 : 1, { wraps: true }),
    Enter: editCell,
    F2: editCell,
    Delete: clearCells,
    Backspace: clearCells,
    Escape: leave,
    'Ctrl+a': selectAll,
    'Ctrl+d': fillDown,
    'Ctrl++': insertRow,
    'Ctrl+=': insertRow,
    'Ctrl+-': deleteRows,
    'Ctrl+Alt+d': duplicateRows,
    'Alt+ArrowUp': () => moveRows(-1),
    'Alt+ArrowDown': () => moveRows(1),
  };
  const action = actions[name] ?? (key.length === 1 && !isControl && !altKey ? () => setDraft(key) : undefined);
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}

/** Opens the active cell with what is in it. */
export function editCell(): void {
  const { nodeId, focus } = useGrid.getState();
  const table = tableOfNode(nodeId);
  const column = table?.field.columns[focus.column];
  if (table && column) setDraft(String(table.rows[focus.row]?.[column.name] ?? ''));
}

/** First the selection becomes one cell; then the grid is closed. */
function leave(): void {
  const { focus, anchor } = useGrid.getState();
  if (focus.row === anchor.row && focus.column === anchor.column) openTable(null);
  else selectCell(focus);
}
