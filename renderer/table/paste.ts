import { HeadroomError } from '../../engine/contract/errors.ts';
import type { Table, TableCell, TableColumn } from '../../engine/contract/table.ts';
import { headerOf, readCell, tableFromCells } from '../../engine/contract/table-import.ts';
import { readCells, type TextCells } from '../../engine/contract/table-text.ts';
import { type Block, withCells } from './edits.ts';

/** What came of pasting: the rows, and the cells that it went to. */
export interface Pasted {
  table: Table;
  block: Block;
}

/**
 * Pastes text at a selection. Text that begins with the names of columns goes to those, from the selection's first row on;
 * other text goes cell by cell from the selection's corner on, and a single value to every cell of it.
 *
 * @throws HeadroomError `input`, naming the row and the column, for what does not fit; nothing is pasted then
 */
export function pasted(
  table: Table,
  text: string,
  selection: Block,
  columns: readonly TableColumn[],
  maxRows: number,
): Pasted {
  const withHeader = cellsWithHeader(text, columns);
  if (withHeader) return pastedByName(table, withHeader, selection.top, columns, maxRows);
  const { rows } = readCells(text, '\t');
  const isSingle = rows.length === 1 && rows[0]?.length === 1;
  const lines = isSingle ? filledWith(rows[0]?.[0] ?? '', selection) : rows;
  const { top, left } = selection;
  if (top + lines.length > maxRows) throw wrong(`There would be more than ${maxRows} rows.`);
  const cells = lines.map((line, index) => valuesOf(line, top + index, left, columns));
  const width = Math.max(1, ...lines.map((line) => line.length));
  const block = { top, left, bottom: top + Math.max(1, lines.length) - 1, right: left + width - 1 };
  return { table: withCells(table, top, left, cells, columns), block };
}

function pastedByName(
  table: Table,
  cells: TextCells,
  top: number,
  columns: readonly TableColumn[],
  maxRows: number,
): Pasted {
  const rows = tableFromCells(cells, columns, maxRows);
  if (top + rows.length > maxRows) throw wrong(`There would be more than ${maxRows} rows.`);
  const block = { top, left: 0, bottom: top + Math.max(1, rows.length) - 1, right: columns.length - 1 };
  const changed = [...table];
  while (changed.length < top) changed.push({});
  for (const [index, row] of rows.entries()) changed[top + index] = { ...changed[top + index], ...row };
  return { table: changed, block };
}

/**
 * Text whose first line names columns, with rows below it; null for any other. Between tabs, a line that names some columns
 * and something else is a header with a mistake in it, and that is told; between commas it may be a sentence.
 */
function cellsWithHeader(text: string, columns: readonly TableColumn[]): TextCells | null {
  const firstLine = text.replace(/^\uFEFF/, '').split(/[\r\n]/, 1)[0] ?? '';
  for (const delimiter of ['\t', ',', ';'] as const) {
    const names = firstLine.split(delimiter).map((name) => name.replace(/^"(.*)"$/, '$1'));
    const isNamed = (name: string) => headerOf([name], columns) !== null;
    const isHeader = names.length > 1 && delimiter === '\t' ? names.some(isNamed) : names.every(isNamed);
    if (!isHeader || names.length === 0) continue;
    const cells = readCells(text, delimiter);
    if (cells.rows.length > 1) return cells;
  }
  return null;
}

function filledWith(value: string, { top, left, bottom, right }: Block): string[][] {
  return Array.from({ length: bottom - top + 1 }, () => Array.from({ length: right - left + 1 }, () => value));
}

function valuesOf(
  line: readonly string[],
  row: number,
  left: number,
  columns: readonly TableColumn[],
): (TableCell | null)[] {
  return line.map((text, index) => {
    const column = columns[left + index];
    if (!column) {
      if (text === '') return null;
      throw wrong(`Row ${row + 1} has more cells than there are columns to the right of here.`);
    }
    const read = readCell(column, text);
    if (read.problem === null) return read.value;
    throw wrong(`Row ${row + 1}, ${column.title} must be ${read.problem}, not “${text}”.`);
  });
}

function wrong(message: string): HeadroomError {
  return new HeadroomError('input', message);
}
