// Checks every import of the repository against build/layers.mjs. `npm run lint` runs it; cycles are Biome's.
import { readdirSync, readFileSync } from 'node:fs';
import { posix, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { crossings, engineLayers, owners } from './layers.mjs';

/** @typedef {{ specifier: string, names: string[], typeOnly: boolean }} Import `*` among the names: all of the module */

/**
 * Every static, re-exporting and literal dynamic import in a source text.
 * @param {string} file @param {string} text @returns {Import[]}
 */
export function importsOf(file, text) {
  const { module, errors } = parseSync(file, text);
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  const reexports = module.staticExports.flatMap(({ entries }) => entries).filter((entry) => entry.moduleRequest);
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start, end));
  return [
    ...module.staticImports.map(({ moduleRequest, entries }) => ({
      specifier: moduleRequest.value,
      names: entries.map((entry) => entry.importName.name ?? '*'),
      typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
    })),
    ...reexports.map((entry) => ({
      specifier: entry.moduleRequest?.value ?? '',
      names: [entry.importName.name ?? '*'],
      typeOnly: entry.isType,
    })),
    ...dynamic
      .filter((source) => /^['"]/.test(source))
      .map((source) => ({ specifier: source.slice(1, -1), names: ['*'], typeOnly: false })),
  ];
}

/**
 * Why `file` may not import this, or null when it may.
 * @param {string} file relative to the repository root, with forward slashes @param {Import} imported
 */
export function violation(file, imported) {
  return imported.specifier.startsWith('.') ? wrongDirection(file, imported) : wrongOwner(file, imported);
}

/** @param {string} file @param {Import} imported */
function wrongOwner(file, { specifier, names, typeOnly }) {
  const broken = owners.find(
    (rule) =>
      rule.package.test(specifier) &&
      (!rule.name || names.includes(rule.name) || names.includes('*')) &&
      !rule.only.test(file) &&
      !(typeOnly && rule.types?.test(file)),
  );
  return broken ? broken.why : null;
}

/** @param {string} file @param {Import} imported */
function wrongDirection(file, { specifier, typeOnly }) {
  const target = posix.join(posix.dirname(file), specifier);
  const [from = '', fromLayer = ''] = file.split('/');
  const [to = '', toLayer = ''] = target.split('/');
  if (from !== to) {
    const open = crossings.find((rule) => rule.from.test(file) && rule.to.test(target));
    if (open && (typeOnly || !open.typesOnly)) return null;
    return open
      ? `${from}/ may take only types from here: write \`import type\``
      : `${from}/ must not import this of ${to}/`;
  }
  // A test may build its subject from any part of its own process.
  if (from !== 'engine' || fromLayer === toLayer || /\.test\.ts$/.test(file)) return null;
  if (!engineLayers[fromLayer]) return `engine/${fromLayer} has no row in build/layers.mjs: say there what is below it`;
  const below = layersBelow(fromLayer);
  return below.has(toLayer) ? null : `engine/${fromLayer} may import only ${[...below].join(', ') || 'itself'}`;
}

/** @param {string} layer @returns {Set<string>} */
function layersBelow(layer) {
  const direct = engineLayers[layer] ?? [];
  return new Set(direct.flatMap((name) => [name, ...layersBelow(name)]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.chdir(resolve(import.meta.dirname, '..'));
  const files = ['engine', 'electron', 'renderer', 'tests', 'build']
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true }).map((name) => posix.join(folder, ...String(name).split(sep))),
    )
    .filter((file) => /\.(ts|tsx|mjs)$/.test(file));
  const problems = files.flatMap((file) =>
    importsOf(file, readFileSync(file, 'utf8')).flatMap((imported) => {
      const why = violation(file, imported);
      return why ? [`${file}: import of '${imported.specifier}': ${why}`] : [];
    }),
  );
  for (const problem of problems) console.error(problem);
  console.log(`${files.length} files, ${problems.length} imports against the layers`);
  if (problems.length > 0) process.exitCode = 1;
}
