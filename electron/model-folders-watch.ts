import { type FSWatcher, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Emitter } from './lifetime.ts';

/** As deep as a hub cache keeps models; whoever points at a whole disk gets what is near the top. */
const DEEPEST = 4;
const MOST_FOLDERS = 500;
/** A download changes its file all the time: the first change is told after this time, and what follows together. */
const QUIET_MS = 1500;

/** Tells when something in the models folders may have changed. Where the system cannot tell, nothing is told. */
export class ModelFoldersWatch {
  readonly onChange = new Emitter<null>();
  private readonly quietMs: number;
  private watchers: FSWatcher[] = [];
  private folders: readonly string[] = [];
  private pending: NodeJS.Timeout | undefined;
  private round = 0;

  constructor(quietMs = QUIET_MS) {
    this.quietMs = quietMs;
  }

  /** Watches these folders and what is below them, instead of those before. Settles when it does. */
  async watch(folders: readonly string[]): Promise<void> {
    this.folders = folders;
    const round = ++this.round;
    const found = await foldersBelow(folders);
    if (round !== this.round) return;
    this.closeWatchers();
    this.watchers = found.flatMap((folder) => this.watchOne(folder));
  }

  stop(): void {
    this.round++;
    clearTimeout(this.pending);
    this.pending = undefined;
    this.closeWatchers();
  }

  private watchOne(folder: string): FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.changed());
      // A folder that goes away ends its watcher; the folder above has told of it.
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  }

  private changed(): void {
    this.pending ??= setTimeout(() => {
      this.pending = undefined;
      this.onChange.emit(null);
      void this.watch(this.folders);
    }, this.quietMs);
  }

  private closeWatchers(): void {
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
  }
}

/** The folders themselves and those below them, the nearest first. */
async function foldersBelow(roots: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  let level = [...new Set(roots)];
  for (let depth = 0; depth <= DEEPEST && level.length > 0 && found.length < MOST_FOLDERS; depth++) {
    found.push(...level);
    const below = await Promise.all(level.map(foldersIn));
    level = below.flat();
  }
  return found.slice(0, MOST_FOLDERS);
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(folder, name));
}
