// The checks of the project. Each is one command, run from the repository root with node_modules/.bin on the PATH.

/** @typedef {{ title: string, command: string[], countsTests?: boolean }} Stage */

/** @type {Stage[]} */
export const staticStages = [
  ...['engine', 'electron', 'renderer', 'tests', 'build'].map((name) => ({
    title: `types: ${name}`,
    command: ['tsc', '--project', name],
  })),
  { title: 'lint, format and cycles', command: ['biome', 'check', '--error-on-warnings'] },
  { title: 'layers', command: ['node', 'build/check-layers.mjs'] },
  { title: 'dead code', command: ['knip', '--config', 'build/knip.json'] },
];

const vitest = ['vitest', 'run', '--config', 'build/vitest.config.ts'];

/** @type {Stage[]} */
export const testStages = [
  { title: 'unit tests', command: [...vitest, '--project', 'node', '--project', 'renderer'], countsTests: true },
  { title: 'app build', command: ['node', 'build/build.mjs'] },
  { title: 'packaging', command: ['node', 'build/dist.mjs', '--dir'] },
  { title: 'end-to-end tests', command: [...vitest, '--project', 'e2e'], countsTests: true },
];
