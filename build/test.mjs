// `npm test`: the whole check, enough by itself after `npm ci`.
import { spawnSync } from 'node:child_process';
import { requireSetup } from './require-setup.mjs';

requireSetup();
const { electronRuntime } = await import('./electron-runtime.mjs');
const { runStages } = await import('./run-stages.mjs');
const { staticStages, testStages } = await import('./stages.mjs');
const { installArguments, installCommand, missingForElectron, missingPrograms } = await import('./system-packages.mjs');

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
  if (process.getuid?.() === 0 && missingPrograms({ 'apt-get': 'apt' }).length === 0) {
    console.log(`=== system packages: ${packages.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    // A failed update (one source of many, say) is no reason not to try.
    for (const args of [['update'], installArguments(packages)])
      spawnSync('apt-get', args, { stdio: ['ignore', 'inherit', 'inherit'], env });
    if (missing().length === 0) return;
  }
  console.error(`The tests start the app, and this system lacks what it needs: ${missing().join(', ')}.`);
  console.error(`Install it and run \`npm test\` again. On Debian and Ubuntu:\n\n  ${installCommand(missing())}\n`);
  process.exit(1);
}
