// The first thing that `npx headroom`, `npm start` and `npm test` do. It imports nothing that an old Node lacks, and they
// load the rest only afterwards: what fails to load cannot say why in words.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Ends the process with what to do, where Node is too old or the packages are not installed. */
export function requireSetup() {
  const problem = oldNode(process.versions.node) ?? missingPackages();
  if (!problem) return;
  console.error(problem);
  process.exit(2);
}

/** @param {string} version of this Node @returns {string | null} */
export function oldNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 15)) return null;
  return `Headroom needs Node 20.15 or newer, and this is Node ${version}: https://nodejs.org`;
}

/** @returns {string | null} */
function missingPackages() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  // A development dependency: it is also missing after `npm ci --omit=dev`.
  if (existsSync(join(root, 'node_modules', 'tsx'))) return null;
  return `The packages of Headroom are not installed. Run \`npm ci\` in ${root}`;
}
