// `npm run dist`: packs the app into dist/.
//
// On Linux, without arguments: the unpacked app and a tar.gz, for which the npm registry is enough; `-- --dir` leaves the
// archive out. Any other arguments go to electron-builder (`-- --linux AppImage deb`), which fetches the tools of those
// formats from GitHub. Installers of Windows and macOS are made there, by `npm run dist` alone.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildApp } from './build.mjs';
import { electronRuntime } from './electron-runtime.mjs';

const root = resolve(import.meta.dirname, '..');
const args = process.argv.slice(2);

try {
  process.chdir(root);
  await buildApp();
  if (process.platform === 'linux' && (args.length === 0 || args[0] === '--dir')) {
    await pack(['--linux', 'dir']);
    if (args.length === 0) archive();
  } else await pack(args);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** @param {string[]} targets electron-builder's arguments */
async function pack(targets) {
  const own = { linux: '--linux', win32: '--win', darwin: '--mac' }[String(process.platform)] ?? '';
  const isForHere = targets.every((arg) => !arg.startsWith('--') || arg === own);
  // The runtime that was tested is the one that ships. electron-builder downloads those of other platforms.
  const electron = isForHere ? [`-c.electronDist=${await electronRuntime()}`] : [];
  const cli = join(root, 'node_modules', 'electron-builder', 'cli.js');
  run(process.execPath, [cli, '--config', 'build/electron-builder.yml', '--publish', 'never', ...electron, ...targets]);
}

/** electron-builder's own tar.gz needs a 7-Zip from GitHub; every system has tar and gzip. */
function archive() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const name = `headroom-${version}-linux-${process.arch}`;
  const file = join('dist', `${name}.tar.gz`);
  const owner = ['--owner=0', '--group=0', '--numeric-owner'];
  const rename = `--transform=s,^linux[^/]*unpacked,${name},`;
  const unpacked = process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`;
  run('tar', ['--create', '--gzip', '--file', file, ...owner, rename, '--directory', 'dist', unpacked]);
  console.log(`${file}  ${(statSync(file).size / 1e6).toFixed(0)} MB`);
}

/** @param {string} program @param {string[]} programArgs */
function run(program, programArgs) {
  const { status, error } = spawnSync(program, programArgs, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error || status !== 0)
    throw new Error(`Packing failed at: ${[program, ...programArgs].join(' ')}${error ? `\n${error.message}` : ''}`);
}
