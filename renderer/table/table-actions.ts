import type { Table, TableColumn } from '../../engine/contract/table.ts';
import { tableFromText, tableToText } from '../../engine/contract/table-import.ts';
import { writeCells } from '../../engine/contract/table-text.ts';
import { call, messageOf } from '../api/client.ts';
import type { FieldOf } from '../fields/field-props.ts';
import { formatCount } from '../format.ts';
import { setField } from '../graph/edits.ts';
import { fieldValue } from '../graph/values.ts';
import { edit, undo, useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { toast } from '../ui/toast.ts';
import { type Block, cleared, deleted, duplicated, filledDown, inserted, moved, withCells } from './edits.ts';
import { blockOf, selectCell, useGrid } from './grid-store.ts';
import { pasted } from './paste.ts';

/** A node's table: the input that holds it, what its columns are, and its rows. */
export interface NodeTable {
  nodeId: string;
  input: string;
  field: FieldOf<'table'>;
  rows: Table;
}

const noRows: Table = [];

/** The table of a node of the open document; null where it has none. */
export function tableOfNode(nodeId: string | null, nodes = useGraph.getState().nodes): NodeTable | null {
  const node = nodeId === null ? undefined : nodes[nodeId];
  if (nodeId === null || !node) return null;
  for (const input of describeNode(node.type)?.inputs ?? []) {
    if (input.field?.kind !== 'table') continue;
    const value = fieldValue(node, input);
    return { nodeId, input: input.name, field: input.field, rows: Array.isArray(value) ? value : noRows };
  }
  return null;
}

/** Changes the rows of the open table in one undo step; more rows than it may have are refused. */
export function changeRows(change: (rows: Table, columns: readonly TableColumn[], selection: Block) => Table): void {
  const table = tableOfNode(useGrid.getState().nodeId);
  if (!table) return;
  const { nodeId, input, field, rows } = table;
  const changed = change(rows, field.columns, blockOf(useGrid.getState()));
  if (changed === rows) return;
  if (changed.length > field.maxRows) {
    toast('warning', `A table has at most ${field.maxRows} rows`, { id: 'table' });
    return;
  }
  edit((draft) => setField(draft, nodeId, input, changed));
}

export const clearCells = () => changeRows((rows, columns, block) => cleared(rows, block, columns));
export const fillDown = () => changeRows((rows, columns, block) => filledDown(rows, block, columns));

/** Adds an empty row above the selection. */
export function insertRow(): void {
  changeRows((rows, _columns, { top }) => inserted(rows, Math.min(top, rows.length), [{}]));
}

export function duplicateRows(): void {
  changeRows((rows, _columns, { top, bottom }) => duplicated(rows, top, Math.min(bottom, rows.length - 1)));
}

export function deleteRows(): void {
  const { top } = blockOf(useGrid.getState());
  changeRows((rows, _columns, { bottom }) => (top < rows.length ? deleted(rows, top, bottom) : rows));
  selectCell({ row: top, column: useGrid.getState().focus.column });
}

/** Moves the selected rows, and the selection with them. */
export function moveRows(step: -1 | 1): void {
  const before = tableOfNode(useGrid.getState().nodeId)?.rows;
  changeRows((rows, _columns, { top, bottom }) => moved(rows, top, bottom, step));
  if (tableOfNode(useGrid.getState().nodeId)?.rows === before) return;
  const { focus, anchor } = useGrid.getState();
  selectCell({ ...focus, row: focus.row + step }, { ...anchor, row: anchor.row + step });
}

export function setCell(row: number, column: number, value: string | number | null): void {
  changeRows((rows, columns) => {
    // Leaving the line below the last one as empty as it was adds no row.
    if (row >= rows.length && value === null) return rows;
    const changed = withCells(rows, row, column, [[value]], columns);
    return changed.every((one, index) => one === rows[index]) && changed.length === rows.length ? rows : changed;
  });
}

/** The selected cells as spreadsheets take them. */
export function copiedText(): string {
  const table = tableOfNode(useGrid.getState().nodeId);
  if (!table) return '';
  const { top, left, bottom, right } = blockOf(useGrid.getState());
  const columns = table.field.columns.slice(left, right + 1);
  const lines = table.rows.slice(top, bottom + 1).map((row) => columns.map(({ name }) => String(row[name] ?? '')));
  return writeCells(lines, '\t').replace(/\r\n$/, '');
}

export function pasteText(text: string): void {
  const table = tableOfNode(useGrid.getState().nodeId);
  if (!table || text === '') return;
  try {
    const selection = blockOf(useGrid.getState());
    const result = pasted(table.rows, text, selection, table.field.columns, table.field.maxRows);
    changeRows(() => result.table);
    const { top, left, bottom, right } = result.block;
    selectCell({ row: top, column: left }, { row: bottom, column: Math.min(right, table.field.columns.length - 1) });
  } catch (thrown) {
    toast('warning', 'Nothing was pasted', { id: 'table', detail: messageOf(thrown) });
  }
}

/** Puts the rows of a CSV file in the place of those that are there, which undo brings back. */
export async function importTable(nodeId: string): Promise<void> {
  try {
    const opened = await call('table:open');
    const table = tableOfNode(nodeId);
    if (opened.outcome === 'cancelled' || !table) return;
    if (opened.outcome === 'failed') throw new Error(opened.message);
    const rows = tableFromText(opened.value.text, table.field.columns, table.field.maxRows);
    if (rows.length === 0) throw new Error(`There are no rows in ${opened.value.name}.`);
    edit((draft) => setField(draft, nodeId, table.input, rows));
    const replaced = table.rows.length > 0 ? `in the place of ${formatCount(table.rows.length, 'row')}` : undefined;
    toast('success', `${formatCount(rows.length, 'row')} from ${opened.value.name}`, {
      id: 'table',
      ...(replaced ? { detail: replaced, action: { label: 'Undo', run: undo } } : {}),
    });
  } catch (thrown) {
    toast('error', 'The table was not imported', { id: 'table', detail: messageOf(thrown) });
  }
}

export async function exportTable(nodeId: string, name: string): Promise<void> {
  const table = tableOfNode(nodeId);
  if (!table) return;
  try {
    const plain = name
      .replaceAll(/[^\p{L}\p{N}._-]+/gu, ' ')
      .trim()
      .slice(0, 80);
    const saved = await call('table:save', {
      suggestion: `${plain || 'table'}.csv`,
      text: tableToText(table.rows, table.field.columns),
    });
    if (saved.outcome === 'failed') throw new Error(saved.message);
    if (saved.outcome === 'done') toast('success', `Exported to ${saved.value.path}`, { id: 'table' });
  } catch (thrown) {
    toast('error', 'The table was not exported', { id: 'table', detail: messageOf(thrown) });
  }
}
