// Which folder may import what, as data; build/check-layers.mjs checks it in `npm run lint`.

/**
 * Folders of engine/, each with the folders right below it. It may import those, whatever they may import, and itself.
 * @type {Record<string, string[]>}
 */
export const engineLayers = {
  contract: [],
  tensor: ['contract'],
  weights: ['tensor'],
  onnx: ['weights'],
  layers: ['onnx'],
  models: ['layers'],
  schedulers: ['tensor'],
  tokenizers: ['contract'],
  images: ['tensor'],
  families: ['models', 'schedulers', 'tokenizers', 'images'],
  ort: ['onnx'],
  memory: ['ort'],
  pipelines: ['families', 'memory', 'images'],
  nodes: ['pipelines'],
  workflow: ['nodes'],
  library: ['families'],
  host: ['workflow', 'library'],
  cli: ['host'],
};

/**
 * What one process may take from another; nothing else crosses.
 * @type {{ from: RegExp, to: RegExp, typesOnly?: boolean }[]}
 */
export const crossings = [
  { from: /^(electron|renderer)\//, to: /^engine\/contract\// },
  // The window's bridge and the messages that cross it: types cost the sandboxed window nothing.
  { from: /^renderer\//, to: /^electron\/(preload|ipc\/.+)\.ts$/, typesOnly: true },
  // `headroom --version`.
  { from: /^engine\/cli\/version\.ts$/, to: /^package\.json$/ },
  { from: /^(tests|build)\//, to: /./ },
  { from: /\.test\.tsx?$/, to: /^(tests|resources)\// },
];

/**
 * Packages, or single exports of one, that only some files may import. `types`: who may import its types as well.
 * @type {{ package: RegExp, name?: string, only: RegExp, types?: RegExp, why: string }[]}
 */
export const owners = [
  {
    package: /^onnxruntime-node$/,
    only: /^engine\/ort\//,
    why: 'one place maps its options and errors (engine/ort)',
  },
  {
    package: /^koffi$/,
    only: /^engine\/(ort\/|memory\/arena)|^electron\/monitor\//,
    why: 'a wrong C signature kills the process: FFI stays in engine/ort, engine/memory/arena* and electron/monitor',
  },
  {
    package: /^electron$/,
    name: 'ipcMain',
    only: /^electron\/ipc\/main\.ts$/,
    why: 'electron/ipc/main.ts checks the sender and parses every call',
  },
  {
    package: /^electron$/,
    name: 'utilityProcess',
    only: /^electron\/engine-host\/starter\.ts$/,
    types: /^electron\//,
    why: 'the supervisor must run with a stand-in starter; only electron/engine-host/starter.ts forks',
  },
  {
    package: /^electron(\/.*)?$/,
    only: /^(electron|tests)\//,
    types: /^engine\/host\//,
    why: 'the engine also runs without Electron, and the window is sandboxed',
  },
  { package: /^node:/, only: /^(?!renderer\/(?!.*\.test\.))/, why: 'the window is sandboxed: it has no Node' },
  {
    package: /^(?!zod$|vitest$)/,
    only: /^(?!engine\/contract\/(?!.*\.test\.))/,
    why: 'every process imports engine/contract: it imports nothing but zod',
  },
];
