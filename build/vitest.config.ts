import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const everywhere = ['**/node_modules/**', 'out/**', 'dist/**'];
// Tests draw with the real starter model on the CPU: seconds, and minutes on a machine that is busy with other things.
const realModels = { testTimeout: 600_000, hookTimeout: 600_000 };

/** Three projects: `node` and `renderer` are `npm run unit`, `e2e` is `npm run e2e`. */
export default defineConfig({
  test: {
    // onnxruntime uses every core by itself: more workers only make each other slow.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'node',
          include: ['{engine,electron,build}/**/*.test.ts', 'tests/{unit,drill}/**/*.test.ts'],
          exclude: everywhere,
          environment: 'node',
          // Native modules (onnxruntime, koffi) hold process-wide state: a process for each file.
          pool: 'forks',
          ...realModels,
        },
      },
      {
        plugins: [react()],
        test: {
          name: 'renderer',
          include: ['renderer/**/*.test.{ts,tsx}'],
          exclude: everywhere,
          environment: 'happy-dom',
          ...realModels,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['build/e2e-setup.ts'],
          // Windows of several apps on one screen would take the focus from each other.
          fileParallelism: false,
          pool: 'forks',
          testTimeout: 300_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
