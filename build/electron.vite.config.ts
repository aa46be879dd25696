import { resolve } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const root = resolve(import.meta.dirname, '..');
const fromRoot = (path: string) => resolve(root, path);

/**
 * CommonJS, because Node in Electron refuses `require` of ES modules in some versions and electron-vite's shims collide
 * with a bundled library's own `require` in ES output; the collision shows only when the engine starts.
 */
const commonJs = { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name]-[hash].cjs' } as const;

// What is bundled keeps its licence texts.
const license = { fileName: 'licenses.md' };

/** Everything in package.json's `dependencies` (the native modules) stays outside the bundles; all else is bundled. */
export default defineConfig({
  main: {
    build: {
      outDir: fromRoot('out/main'),
      license,
      sourcemap: true,
      rolldownOptions: {
        input: {
          main: fromRoot('electron/main.ts'),
          engine: fromRoot('engine/host/main.ts'),
          'gauge-thread': fromRoot('engine/ort/arena/gauge-thread.ts'),
          'session-thread': fromRoot('engine/ort/session-thread.mjs'),
          cli: fromRoot('engine/cli/main.ts'),
        },
        output: commonJs,
      },
    },
  },
  preload: {
    build: {
      outDir: fromRoot('out/preload'),
      license,
      // A sandboxed preload can require nothing but Electron's own modules: it has to be one file.
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: fromRoot('electron/preload.ts') },
        output: { ...commonJs, codeSplitting: false },
      },
    },
  },
  renderer: {
    root: fromRoot('renderer'),
    plugins: [react(), tailwindcss()],
    build: {
      outDir: fromRoot('out/renderer'),
      license,
      minify: true,
      chunkSizeWarningLimit: 5_000, // kB; read from disk, not from a network
      rolldownOptions: { input: fromRoot('renderer/index.html') },
    },
  },
});
