import { HeadroomError } from './errors.ts';

/** The delimiters that spreadsheets use: a tab on the clipboard, a comma or (where the comma is in numbers) a semicolon in files. */
const DELIMITERS = ['\t', ',', ';'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** Cells as text, row by row; `lines` tells where each row begins in the text, from 1. */
export interface TextCells {
  readonly rows: string[][];
  readonly lines: number[];
}

/**
 * The cells of a text in the form of RFC 4180, as files and the clipboard hold it: cells in quotes may contain delimiters,
 * line breaks and doubled quotes; a quote inside a cell that does not begin with one is a quote. Lines that are empty
 * are left out.
 *
 * @param delimiter by default the one that the first line has most of, outside quotes
 * @throws HeadroomError `input`, naming the line and the column, for quotes that are not closed or go on after they were
 */
export function readCells(text: string, delimiter: Delimiter = delimiterOf(text)): TextCells {
  const source = text.replace(/^\uFEFF/, '');
  const rows: string[][] = [];
  const lines: number[] = [];
  let line = 1;
  let at = 0;
  while (at < source.length) {
    const row: string[] = [];
    const firstLine = line;
    for (;;) {
      const cell =
        source[at] === '"'
          ? quotedCell(source, at, delimiter, firstLine, row.length + 1)
          : bareCell(source, at, delimiter);
      row.push(cell.value);
      line += cell.breaks;
      at = cell.end;
      if (source[at] !== delimiter) break;
      at += 1;
    }
    at += source.startsWith('\r\n', at) ? 2 : 1;
    line += 1;
    if (row.length === 1 && row[0] === '') continue;
    rows.push(row);
    lines.push(firstLine);
  }
  return { rows, lines };
}

interface Cell {
  value: string;
  /** The position of the delimiter or line break after it, or the text's end. */
  end: number;
  /** Line breaks inside. */
  breaks: number;
}

function bareCell(source: string, start: number, delimiter: string): Cell {
  let end = start;
  while (end < source.length && source[end] !== delimiter && source[end] !== '\n' && source[end] !== '\r') end += 1;
  return { value: source.slice(start, end), end, breaks: 0 };
}

function quotedCell(source: string, start: number, delimiter: string, line: number, column: number): Cell {
  const wrong = (what: string) => new HeadroomError('input', `Line ${line}, column ${column}: ${what}`);
  let close = source.indexOf('"', start + 1);
  while (close >= 0 && source[close + 1] === '"') close = source.indexOf('"', close + 2);
  if (close < 0) throw wrong('the quotes that begin this cell are not closed.');
  const end = close + 1;
  const next = source[end];
  if (next !== undefined && next !== delimiter && next !== '\n' && next !== '\r') {
    throw wrong('the cell goes on after its closing quotes. Quotes inside a cell are written twice.');
  }
  const value = source.slice(start + 1, close).replaceAll('""', '"');
  return { value, end, breaks: value.split(/\r\n|\r|\n/).length - 1 };
}

function delimiterOf(text: string): Delimiter {
  const outside = text.replaceAll(/"(?:[^"]|"")*"/g, '').split(/[\r\n]/, 1)[0] ?? '';
  const counts = DELIMITERS.map((delimiter) => outside.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** Cells as text that `readCells` reads back: comma-separated with line breaks as files have them. */
export function writeCells(rows: readonly (readonly string[])[], delimiter: Delimiter = ','): string {
  const written = (cell: string) => (/["\r\n,;\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows
    .map((row) => `${row.length === 1 && row[0] === '' ? '""' : row.map(written).join(delimiter)}\r\n`)
    .join('');
}
