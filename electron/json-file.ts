import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { writeAtomically } from './atomic-write.ts';
import { fileProblem } from './file-problem.ts';

/** What a file held; where it could not be used, why, in words for the person. */
export interface ReadResult<T> {
  value: T | null;
  problem: string | null;
}

/**
 * A small JSON file that the program owns: parsed with a schema, replaced whole. A file that cannot be used is set aside
 * under another name rather than overwritten.
 */
export class JsonFile<T> {
  private readonly path: string;
  private readonly schema: z.ZodType<T>;
  private writing: Promise<void> | null = null;
  private waiting: { value: T } | null = null;

  constructor(filePath: string, schema: z.ZodType<T>) {
    this.path = filePath;
    this.schema = schema;
  }

  /** A null value without a problem: there is no such file yet. */
  async read(): Promise<ReadResult<T>> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return { value: null, problem: null };
      return { value: null, problem: `${this.path} cannot be read: ${fileProblem(error)}.` };
    }
    try {
      return { value: this.schema.parse(JSON.parse(text)), problem: null };
    } catch {
      const aside = `${this.path.replace(/\.json$/, '')}.broken-${Date.now()}.json`;
      const kept = await rename(this.path, aside).then(
        () => ` It was kept as ${path.basename(aside)}.`,
        () => '',
      );
      return { value: null, problem: `${this.path} is damaged and was not used.${kept}` };
    }
  }

  /**
   * Replaces the file. Of values that come while one is written, only the last is written after it.
   * @throws the error of the file system; the old file is then still there
   */
  write(value: T): Promise<void> {
    this.waiting = { value };
    this.writing ??= this.writeWaiting().finally(() => {
      this.writing = null;
    });
    return this.writing;
  }

  /** Waits until nothing is being written. */
  async settled(): Promise<void> {
    await this.writing?.catch(() => {});
  }

  private async writeWaiting(): Promise<void> {
    await mkdir(path.dirname(this.path), { recursive: true });
    for (let next = this.waiting; next; next = this.waiting) {
      this.waiting = null;
      await writeAtomically(this.path, `${JSON.stringify(next.value, null, 1)}\n`);
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
