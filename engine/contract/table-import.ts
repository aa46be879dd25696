import { HeadroomError } from './errors.ts';
import { cellProblem, columnNames, type Table, type TableCell, type TableColumn, type TableRow } from './table.ts';
import { readCells, type TextCells, writeCells } from './table-text.ts';

/**
 * A table from the text of a CSV file or a spreadsheet's clipboard. A first line that names columns (by name or title, in any
 * order) is a header; without one the cells belong to the columns in their order.
 *
 * @throws HeadroomError `input`, naming the row and the column, for columns that are not there, broken quotes, cells of
 *   another type and too many rows
 */
export function tableFromText(text: string, columns: readonly TableColumn[], maxRows: number): Table {
  return tableFromCells(readCells(text), columns, maxRows);
}

/** `tableFromText` of cells that were read already. */
export function tableFromCells({ rows, lines }: TextCells, columns: readonly TableColumn[], maxRows: number): Table {
  const header = headerOf(rows[0] ?? [], columns);
  const used = header ?? columns;
  const first = header ? 1 : 0;
  const count = rows.length - first;
  if (count > maxRows) throw wrong(`There are ${count} rows; a table takes at most ${maxRows}.`);
  return rows.slice(first).map((cells, index) => {
    const place = `Row ${index + 1} (line ${lines[index + first]})`;
    if (cells.slice(used.length).some((cell) => cell !== '')) {
      const hint = header ? '' : ', and the first line does not name others';
      throw wrong(
        `${place} has ${cells.length} cells, but there are ${used.length} columns: ${columnNames(used)}${hint}.`,
      );
    }
    return rowFromCells(cells, used, (column, problem) => wrong(`${place}, column ${column.name} ${problem}.`));
  });
}

function rowFromCells(
  cells: readonly string[],
  columns: readonly TableColumn[],
  refusal: (column: TableColumn, problem: string) => HeadroomError,
): TableRow {
  const row: TableRow = {};
  for (const [index, column] of columns.entries()) {
    const read = readCell(column, cells[index] ?? '');
    if (read.problem !== null) throw refusal(column, `must be ${read.problem}, not "${cells[index]}"`);
    if (read.value !== null) row[column.name] = read.value;
  }
  return row;
}

/** The value that a text stands for in a column: null for an empty cell; or why it does not belong there. */
export function readCell(
  column: Pick<TableColumn, 'type'>,
  text: string,
): { value: TableCell | null; problem: null } | { problem: string } {
  if (column.type === 'text') return { value: text === '' ? null : text, problem: null };
  if (text.trim() === '') return { value: null, problem: null };
  const value = Number(text);
  const problem = cellProblem(column, value);
  return problem === null ? { value, problem } : { problem };
}

/** The columns that a line names, or null where it names none and so is not a header. */
export function headerOf(line: readonly string[], columns: readonly TableColumn[]): TableColumn[] | null {
  const named = line.map((cell) => columns.find(({ name, title }) => [name, plain(title)].includes(plain(cell))));
  if (named.every((column) => column === undefined)) return null;
  const found: TableColumn[] = [];
  for (const [index, column] of named.entries()) {
    if (!column) throw wrong(`There is no column "${line[index]}". The columns are ${columnNames(columns)}.`);
    if (found.includes(column)) throw wrong(`Column ${column.name} is there twice.`);
    found.push(column);
  }
  return found;
}

/** The table as CSV with a header: the columns that any row uses, or all of them for an empty table. */
export function tableToText(table: Table, columns: readonly TableColumn[]): string {
  const filled = columns.filter(({ name }) => table.some((row) => row[name] !== undefined));
  const used = filled.length > 0 ? filled : columns;
  const rows = table.map((row) => used.map(({ name }) => String(row[name] ?? '')));
  return writeCells([used.map(({ name }) => name), ...rows]);
}

function plain(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
}

function wrong(message: string): HeadroomError {
  return new HeadroomError('input', message);
}
