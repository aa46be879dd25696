import { readFileSync } from 'node:fs';
import { HeadroomError } from '../contract/errors.ts';
import type { Field } from '../contract/ports.ts';
import type { Table } from '../contract/table.ts';
import { tableFromText } from '../contract/table-import.ts';
import { fileProblem } from './file-problem.ts';

/**
 * The rows of a CSV file.
 *
 * @throws HeadroomError `input`, naming the file, and the row and column where there is something wrong in it
 */
export function readTableFile(path: string, { columns, maxRows }: Extract<Field, { kind: 'table' }>): Table {
  try {
    return tableFromText(readFileSync(path, 'utf8'), columns, maxRows);
  } catch (cause) {
    const problem =
      cause instanceof HeadroomError ? `${path}: ${cause.message}` : `The table ${fileProblem(path, cause)}`;
    throw new HeadroomError('input', problem, { cause });
  }
}
