import type { Table, TableCell, TableColumn, TableRow } from '../../engine/contract/table.ts';

/** Cells from one corner to the other, both included. */
export interface Block {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** What a person can do to the rows of a table. Each function gives other rows; those that it leaves alone stay the same objects. */

/** Puts cells in, line by line from a corner on; null empties a cell. Rows are added where there are not enough. */
export function withCells(
  table: Table,
  top: number,
  left: number,
  cells: readonly (readonly (TableCell | null)[])[],
  columns: readonly TableColumn[],
): Table {
  const rows = [...table];
  while (rows.length < top + cells.length) rows.push({});
  for (const [line, values] of cells.entries()) {
    const changes = values.flatMap((value, index) => {
      const column = columns[left + index];
      return column ? [[column.name, value] as const] : [];
    });
    rows[top + line] = withValues(rows[top + line] ?? {}, changes);
  }
  return rows;
}

export function cleared(table: Table, { top, left, bottom, right }: Block, columns: readonly TableColumn[]): Table {
  const names = columns.slice(left, right + 1).map(({ name }) => [name, null] as const);
  return table.map((row, index) => (index >= top && index <= bottom ? withValues(row, names) : row));
}

/** Gives every row of a block the cells of its first. */
export function filledDown(table: Table, { top, left, bottom, right }: Block, columns: readonly TableColumn[]): Table {
  const first = table[top] ?? {};
  const values = columns.slice(left, right + 1).map(({ name }) => [name, first[name] ?? null] as const);
  return table.map((row, index) => (index > top && index <= bottom ? withValues(row, values) : row));
}

export function inserted(table: Table, at: number, rows: readonly TableRow[]): Table {
  return [...table.slice(0, at), ...rows, ...table.slice(at)];
}

export function duplicated(table: Table, top: number, bottom: number): Table {
  // Copies: a row is told from others by which object it is.
  const copies = table.slice(top, bottom + 1).map((row) => ({ ...row }));
  return inserted(table, bottom + 1, copies);
}

export function deleted(table: Table, top: number, bottom: number): Table {
  return table.filter((_row, index) => index < top || index > bottom);
}

/** Moves rows up (-1) or down (1) by one; the same table where they cannot go further. */
export function moved(table: Table, top: number, bottom: number, step: -1 | 1): Table {
  const last = Math.min(bottom, table.length - 1);
  if (top > last || top + step < 0 || last + step >= table.length) return table;
  const rows = table.slice(top, last + 1);
  return inserted(deleted(table, top, last), top + step, rows);
}

function withValues(row: TableRow, values: readonly (readonly [string, TableCell | null])[]): TableRow {
  if (values.every(([name, value]) => (row[name] ?? null) === value)) return row;
  const changed = { ...row };
  for (const [name, value] of values) {
    if (value === null || value === '') delete changed[name];
    else changed[name] = value;
  }
  return changed;
}
