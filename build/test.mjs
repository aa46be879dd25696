// `npm test`: the whole check, enough by itself after `npm ci`.
import { spawnSync } from 'node:child_process';
import { electronRuntime } from './electron-runtime.mjs';
import { runStages } from './run-stages.mjs';
import { staticStages, testStages } from './stages.mjs';
import { installCommand, missingForElectron, missingPrograms } from './system-packages.mjs';

const dist = await electronRuntime();
// The stages below need not look again, and their tests start the very same program.
process.env.ELECTRON_OVERRIDE_DIST_PATH = dist;
if (process.platform === 'linux') prepareLinux();
await runStages([...staticStages, ...testStages]);

/** Real Electron needs libraries and, where nobody looks, a screen. As root on Debian they are installed, else named. */
function prepareLinux() {
  const missing = () => [...missingForElectron(dist), ...missingPrograms({ Xvfb: 'xvfb' })];
  const packages = missing();
  if (packages.length === 0) return;
  const command = installCommand(packages);
  if (process.getuid?.() === 0 && missingPrograms({ 'apt-get': 'apt' }).length === 0) {
    console.log(`The tests need packages that this system lacks.\n+ apt-get update && ${command}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    /** @type {import('node:child_process').SpawnSyncOptions} */
    const shell = { stdio: ['ignore', 'inherit', 'inherit'], env };
    spawnSync('apt-get', ['update'], shell);
    spawnSync('sh', ['-c', command], shell);
    if (missing().length === 0) return;
  }
  console.error(`The tests start the app, and this system lacks what it needs: ${missing().join(' ')}`);
  console.error(`Install it, then run \`npm test\` again; on Debian and Ubuntu: ${command}`);
  process.exit(1);
}
