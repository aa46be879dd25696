import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { HeadroomError } from '../engine/contract/errors.ts';
import { writeAtomically } from './atomic-write.ts';
import { fileProblem } from './file-problem.ts';
import type { FileOutcome } from './ipc/contract.ts';

/** Far above the largest table: a file this large was not meant. */
const MAX_BYTES = 64 * 1024 ** 2;

/** Asks the person for a file; null where they close the dialog. */
export interface TableDialogs {
  chooseTable(): Promise<string | null>;
  /** @param suggestion a file name */
  chooseTableTarget(suggestion: string): Promise<string | null>;
}

/** Tables as CSV files that the person chooses, each time. What is in them is for the window to make sense of. */
export class TableFiles {
  private readonly dialogs: TableDialogs;

  constructor(dialogs: TableDialogs) {
    this.dialogs = dialogs;
  }

  async open(): Promise<FileOutcome<{ name: string; text: string }>> {
    const chosen = await this.dialogs.chooseTable();
    if (chosen === null) return { outcome: 'cancelled' };
    return await attempt(async () => {
      const { size } = await stat(chosen);
      if (size > MAX_BYTES) throw new HeadroomError('file', `${chosen} is far too large for a table.`);
      return { name: path.basename(chosen), text: decoded(await readFile(chosen)) };
    }, chosen);
  }

  async save(suggestion: string, text: string): Promise<FileOutcome<{ path: string }>> {
    const target = await this.dialogs.chooseTableTarget(suggestion);
    if (target === null) return { outcome: 'cancelled' };
    return await attempt(async () => {
      // With a byte order mark, without which spreadsheets on Windows misread everything but English.
      await writeAtomically(target, `\uFEFF${text}`);
      return { path: target };
    }, target);
  }
}

/** Spreadsheets write UTF-8, UTF-16 ("Unicode text"), or the code page of Western Windows. */
function decoded(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

async function attempt<T>(action: () => Promise<T>, file: string): Promise<FileOutcome<T>> {
  try {
    return { outcome: 'done', value: await action() };
  } catch (error) {
    const message = error instanceof HeadroomError ? error.message : `${file}: ${fileProblem(error)}.`;
    return { outcome: 'failed', message };
  }
}
