// What `npm start` and `npm run dev` have in common: an Electron that can start here, or the reason why none can.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { electronRuntime } from './electron-runtime.mjs';
import { installCommand, missingForElectron } from './system-packages.mjs';

/**
 * @returns {Promise<{ dist: string, flags: string[] }>} the runtime's folder and the flags that it needs here
 * @throws {Error} that says what to install or to set
 */
export async function prepareLaunch() {
  // Terminals inside Electron apps set it, and Electron would then start as a plain Node.
  delete process.env.ELECTRON_RUN_AS_NODE;
  const dist = await electronRuntime();
  if (process.platform !== 'linux') return { dist, flags: [] };
  const problems = [...missingLibraries(dist), ...missingDisplay()];
  if (problems.length > 0) throw new Error(`The window cannot open.\n\n${problems.join('\n\n')}\n`);
  const reason = whyNoSandbox(dist);
  if (reason) console.error(`headroom: the window runs without Chromium's sandbox: ${reason}`);
  return { dist, flags: reason ? ['--no-sandbox'] : [] };
}

/** @param {string} dist @returns {string[]} */
function missingLibraries(dist) {
  const packages = missingForElectron(dist);
  if (packages.length === 0) return [];
  return [
    `Libraries are missing: ${packages.join(', ')}. On Debian and Ubuntu install them with:\n\n  ${installCommand(packages)}`,
  ];
}

/** @returns {string[]} */
function missingDisplay() {
  if (process.env.DISPLAY || process.env.WAYLAND_DISPLAY) return [];
  return [
    'There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set): start the app inside a desktop session, or use the ' +
      'command line, which needs none:\n\n  npx headroom run resources/workflows/text-to-image.json',
    `To run it on an unseen display instead:\n\n  ${installCommand(['xvfb', 'xauth'])}\n  xvfb-run npm start`,
  ];
}

/** Chromium refuses to start where it cannot build its sandbox. @param {string} dist @returns {string | null} */
function whyNoSandbox(dist) {
  if (process.getuid?.() === 0) return 'it does not work for root. Start as another user to have it.';
  const helper = join(dist, 'chrome-sandbox');
  const entry = statSync(helper, { throwIfNoEntry: false });
  if (entry?.uid === 0 && entry.mode & 0o4000) return null;
  if (spawnSync('unshare', ['--user', '--map-root-user', 'true']).status === 0) return null;
  return (
    'this system does not let users make namespaces, and its helper is not set up. To have it:\n' +
    `  sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'`
  );
}
