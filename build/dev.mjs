// `npm run dev`: opens the app over a development server; a saved file reloads the window or restarts the app.
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createServer } from 'electron-vite';
import { electronBinary } from './electron-runtime.mjs';
import { prepareLaunch } from './launch.mjs';

try {
  const { dist, flags } = await prepareLaunch();
  const root = resolve(import.meta.dirname, '..');
  process.chdir(root); // where electron-vite looks for package.json, whatever its `root` says
  rmSync(join(root, 'out'), { recursive: true, force: true }); // a development build is no build for `npm start`
  process.env.ELECTRON_EXEC_PATH = electronBinary(dist);
  process.env.ELECTRON_CLI_ARGS = JSON.stringify([...flags, ...process.argv.slice(2)]);
  await createServer({ root, configFile: join(root, 'build', 'electron.vite.config.ts'), build: { watch: {} } }, {});
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
