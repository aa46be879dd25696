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
  const packages = missingForElectron(dist);
  if (packages.length > 0)
    throw new Error(
      `The window cannot open: libraries are missing (${packages.join(', ')}).\n` +
        `On Debian and Ubuntu install them with:\n\n  ${installCommand(packages)}\n`,
    );
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    throw new Error(
      'The window cannot open: there is no display (DISPLAY and WAYLAND_DISPLAY are not set).\n' +
        'Start it inside a desktop session. Without one, use the command line:\n\n' +
        '  npx headroom run resources/workflows/text-to-image.json\n\n' +
        `or an unseen display:\n\n  ${installCommand(['xvfb', 'xauth'])}\n  xvfb-run npm start\n`,
    );
  const reason = whyNoSandbox(dist);
  if (reason) console.error(`headroom: the window runs without Chromium's sandbox: ${reason}`);
  return { dist, flags: reason ? ['--no-sandbox'] : [] };
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
