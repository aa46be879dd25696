import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { z } from 'zod';

/**
 * A file of what was learned about this machine. One that is malformed, or cannot be read or written, only costs what was
 * learned: no run is concerned.
 */
export class StateFile<T> {
  readonly #path: string | null;
  readonly #schema: z.ZodType<T>;

  /** @param folder null to keep nothing */
  constructor(folder: string | null, name: string, schema: z.ZodType<T>) {
    this.#path = folder === null ? null : join(folder, name);
    this.#schema = schema;
  }

  read(): T | null {
    if (this.#path === null) return null;
    try {
      return this.#schema.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch {
      return null;
    }
  }

  write(value: T): void {
    if (this.#path === null) return;
    const temporary = `${this.#path}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(temporary, JSON.stringify(value));
      renameSync(temporary, this.#path);
    } catch {
      // What was learned is lost with the process.
    }
  }
}
