// What the app needs from Linux beyond Electron itself: found by asking the loader, named as Debian and Ubuntu do.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { electronBinary } from './electron-runtime.mjs';

/** The package of each library that Electron links. */
const packageOf = new Map([
  ['libasound.so.2', 'libasound2'],
  ['libatk-1.0.so.0', 'libatk1.0-0'],
  ['libatk-bridge-2.0.so.0', 'libatk-bridge2.0-0'],
  ['libatspi.so.0', 'libatspi2.0-0'],
  ['libcairo.so.2', 'libcairo2'],
  ['libcups.so.2', 'libcups2'],
  ['libdbus-1.so.3', 'libdbus-1-3'],
  ['libdrm.so.2', 'libdrm2'],
  ['libexpat.so.1', 'libexpat1'],
  ['libgbm.so.1', 'libgbm1'],
  ['libgio-2.0.so.0', 'libglib2.0-0'],
  ['libglib-2.0.so.0', 'libglib2.0-0'],
  ['libgobject-2.0.so.0', 'libglib2.0-0'],
  ['libgtk-3.so.0', 'libgtk-3-0'],
  ['libnspr4.so', 'libnspr4'],
  ['libnss3.so', 'libnss3'],
  ['libnssutil3.so', 'libnss3'],
  ['libsmime3.so', 'libnss3'],
  ['libpango-1.0.so.0', 'libpango-1.0-0'],
  ['libudev.so.1', 'libudev1'],
  ['libX11.so.6', 'libx11-6'],
  ['libxcb.so.1', 'libxcb1'],
  ['libXcomposite.so.1', 'libxcomposite1'],
  ['libXdamage.so.1', 'libxdamage1'],
  ['libXext.so.6', 'libxext6'],
  ['libXfixes.so.3', 'libxfixes3'],
  ['libxkbcommon.so.0', 'libxkbcommon0'],
  ['libXrandr.so.2', 'libxrandr2'],
]);

/** Packages that Debian 13 and Ubuntu 24.04 renamed, with this suffix, for 64-bit times. */
const renamed = /^lib(asound2|atk1\.0-0|atk-bridge2\.0-0|atspi2\.0-0|cups2|glib2\.0-0|gtk-3-0)$/;

/**
 * Packages to install before this Electron starts; none on other systems than Linux.
 * A library that is not in the table above is given by its own name.
 * @param {string} dist a runtime's folder @returns {string[]}
 */
export function missingForElectron(dist) {
  if (process.platform !== 'linux') return [];
  // A library not found is no failure of ldd: it says so in the line of that library.
  const listed = execFileSync('ldd', [electronBinary(dist)], { encoding: 'utf8' });
  return packagesFor(listed, readFileSync('/etc/os-release', 'utf8'));
}

/**
 * @param {string} listed what `ldd` says @param {string} osRelease the text of /etc/os-release @returns {string[]}
 */
export function packagesFor(listed, osRelease) {
  const suffix = hasRenamed(osRelease) ? 't64' : '';
  const missing = [...listed.matchAll(/^\s*(\S+) => not found/gm)].map(([, library = '']) => {
    const name = packageOf.get(library) ?? library;
    return renamed.test(name) ? name + suffix : name;
  });
  return [...new Set(missing)].sort();
}

/** The packages of `programs` that are not on the PATH. @param {Record<string, string>} programs name → package */
export function missingPrograms(programs) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const isThere = (/** @type {string} */ name) => folders.some((folder) => existsSync(join(folder, name)));
  return Object.entries(programs).flatMap(([name, owner]) => (isThere(name) ? [] : [owner]));
}

/** The line that installs them, for a person to copy. @param {string[]} packages */
export function installCommand(packages) {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  return `${sudo}apt-get update && ${sudo}apt-get ${installArguments(packages).join(' ')}`;
}

/** @param {string[]} packages @returns {string[]} */
export function installArguments(packages) {
  return ['install', '--yes', '--no-install-recommends', ...packages];
}

/** @param {string} osRelease */
function hasRenamed(osRelease) {
  const field = (/** @type {string} */ name) => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(osRelease)?.[1] ?? '';
  const version = Number.parseFloat(field('VERSION_ID'));
  // Debian's testing has no VERSION_ID.
  return field('ID') === 'ubuntu' ? version >= 24.04 : field('ID') === 'debian' && !(version < 13);
}
