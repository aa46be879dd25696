import { z } from 'zod';

/** What the cells of a column hold; the same words as for ports, which they are connected to. */
export const zTableColumn = z.object({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  title: z.string(),
  type: z.enum(['text', 'integer', 'float']),
});
export type TableColumn = z.infer<typeof zTableColumn>;

export const zTableCell = z.union([z.string(), z.number()]);
export type TableCell = z.infer<typeof zTableCell>;

/** Cells by column name. A column that is absent is an empty cell: what it is connected to keeps its own value. */
export const zTableRow = z.record(z.string(), zTableCell);
export type TableRow = z.infer<typeof zTableRow>;

export const zTable = z.array(zTableRow);
export type Table = z.infer<typeof zTable>;

/** Why a value does not belong in a cell, in words that follow "must be", or null where it does. */
export function cellProblem({ type }: Pick<TableColumn, 'type'>, value: unknown): string | null {
  switch (type) {
    case 'text':
      return typeof value === 'string' ? null : 'text';
    case 'integer':
      return Number.isSafeInteger(value) ? null : 'a whole number';
    case 'float':
      return Number.isFinite(value) ? null : 'a number';
  }
}

/** Whether a row has no cell that says anything. Such a row draws nothing: it is one that nobody has filled in yet. */
export function isBlankRow(row: TableRow): boolean {
  return Object.values(row).every((cell) => cell === '');
}

/** Why a value is no table with these columns, in words that follow "must be", or null where it is one. */
export function tableProblem(columns: readonly TableColumn[], maxRows: number, value: unknown): string | null {
  if (!Array.isArray(value)) return 'a table: a list of rows';
  if (value.length > maxRows) return `a table of at most ${maxRows} rows, not ${value.length}`;
  for (const [index, row] of value.entries()) {
    if (typeof row !== 'object' || row === null) return `a table; row ${index + 1} is not a row`;
    for (const [name, cell] of Object.entries(row)) {
      const column = columns.find((candidate) => candidate.name === name);
      if (!column) return `a table with the columns ${columnNames(columns)}; row ${index + 1} has a column "${name}"`;
      const problem = cellProblem(column, cell);
      if (problem) return `a table with ${problem} in row ${index + 1}, column ${name}, not ${JSON.stringify(cell)}`;
    }
  }
  return null;
}

/** Such as "prompt, seed", for messages. */
export function columnNames(columns: readonly TableColumn[]): string {
  return columns.map(({ name }) => name).join(', ');
}
