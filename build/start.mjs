// `npm start`: builds the app when a source has changed and opens it.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { requireSetup } from './require-setup.mjs';

requireSetup();
const { buildApp } = await import('./build.mjs');
const { electronBinary } = await import('./electron-runtime.mjs');
const { prepareLaunch } = await import('./launch.mjs');

try {
  const { dist, flags } = await prepareLaunch();
  await buildApp();
  const root = resolve(import.meta.dirname, '..');
  const app = spawn(electronBinary(dist), [...flags, root, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => app.kill());
  app.on('exit', (code) => process.exit(code ?? 1));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
