// Bundles main.ts into one file for plain Node, beside the native packages: `node tests/gpu/bundle.mjs [FILE [ENTRY]]`.
import { basename, dirname, resolve } from 'node:path';
import { build } from 'vite';

const [file = '.gpu/gpu.mjs', entry = resolve(import.meta.dirname, 'main.ts')] = process.argv.slice(2);
const thread = resolve(import.meta.dirname, '../../engine/ort/session-thread.mjs');

await bundle(entry, basename(file));
// Threads find their program beside the bundle.
await bundle(thread, basename(thread));

/** @param {string} input @param {string} name */
async function bundle(input, name) {
  await build({
    configFile: false,
    logLevel: 'warn',
    // The shared test files look for references and models beside themselves; the bundle runs in the repository's root.
    define: { 'import.meta.dirname': JSON.stringify('tests/support') },
    ssr: { noExternal: true, external: ['onnxruntime-node', 'koffi', '@napi-rs/image'] },
    build: {
      ssr: input,
      target: 'node20',
      outDir: resolve(dirname(file)),
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: name, codeSplitting: false } },
    },
  });
}
