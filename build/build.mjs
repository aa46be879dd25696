// `npm run build`: bundles the app into out/ unless what is there is newer than every source.
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'electron-vite';

const root = resolve(import.meta.dirname, '..');
const sources = ['electron', 'engine', 'renderer', 'build', 'package.json', 'package-lock.json'].map((name) =>
  join(root, name),
);
const stamp = join(root, 'out', '.built');

/** Bundles all four processes; without `force` only when a source has changed since the last time. */
export async function buildApp({ force = false } = {}) {
  const builtAt = force ? 0 : changedAt(stamp);
  if (builtAt > newest(sources)) return;
  const started = new Date();
  process.chdir(root); // where electron-vite looks for package.json, whatever its `root` says
  rmSync(join(root, 'out'), { recursive: true, force: true });
  await build({
    root,
    configFile: join(root, 'build', 'electron.vite.config.ts'),
    mode: 'production',
    logLevel: 'warn',
  });
  writeFileSync(stamp, '');
  // The start counts, not the end: what was saved during the build may not be in it.
  utimesSync(stamp, started, started);
}

/** @param {string} path @returns {number} 0 where there is none */
const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** A folder counts as well: its time changes when a file goes away. @param {string[]} paths @returns {number} */
function newest(paths) {
  return Math.max(
    ...paths.map((path) => {
      const entry = statSync(path);
      if (!entry.isDirectory()) return entry.mtimeMs;
      return Math.max(entry.mtimeMs, newest(readdirSync(path).map((name) => join(path, name))));
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildApp().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
