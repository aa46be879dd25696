import { describe, expect, test } from 'vitest';
import { importsOf, violation } from './check-layers.mjs';

const verdict = (file: string, source: string) =>
  importsOf(file, source).map((imported) => violation(file, imported))[0];

describe('layers', () => {
  test.each([
    ['engine/onnx/graph.ts', `import { f } from '../weights/header.ts'`],
    ['engine/pipelines/denoise.ts', `import type { T } from '../tensor/tensor.ts'`],
    ['engine/ort/session.ts', `import * as ort from 'onnxruntime-node'`],
    ['engine/weights/header.test.ts', `import { f } from '../pipelines/denoise.ts'`],
    ['engine/contract/events.ts', `import { z } from 'zod'`],
    ['renderer/App.tsx', `import { zWorkflow } from '../engine/contract/workflow.ts'`],
    ['renderer/api/client.ts', `import type { AppApi } from '../../electron/preload.ts'`],
    ['electron/ipc/main.ts', `import { ipcMain } from 'electron'`],
    ['electron/window.ts', `import { BrowserWindow } from 'electron'`],
  ])('%s: %s is allowed', (file, source) => expect(verdict(file, source)).toBeNull());

  test.each([
    ['engine/weights/header.ts', `import { f } from '../onnx/graph.ts'`, 'engine/weights may import only'],
    ['engine/weights/header.ts', `export * from '../onnx/graph.ts'`, 'engine/weights may import only'],
    ['engine/weights/header.ts', `const f = await import('../onnx/graph.ts')`, 'engine/weights may import only'],
    ['engine/novel/x.ts', `import { f } from '../tensor/tensor.ts'`, 'has no row in build/layers.mjs'],
    [
      'engine/host/main.ts',
      `import { f } from '../../electron/settings.ts'`,
      'engine/ must not import this of electron/',
    ],
    ['engine/host/main.ts', `import { app } from 'electron'`, 'also runs without Electron'],
    ['engine/contract/events.ts', `import { readFile } from 'node:fs/promises'`, 'nothing but zod'],
    ['engine/nodes/generate.ts', `import { Tensor } from 'onnxruntime-node'`, 'one place maps'],
    ['engine/pipelines/run.ts', `import koffi from 'koffi'`, 'wrong C signature'],
    ['electron/window.ts', `import { ipcMain } from 'electron'`, 'checks the sender'],
    ['electron/window.ts', `import * as electron from 'electron'`, 'checks the sender'],
    ['electron/window.ts', `import { App } from '../renderer/App.tsx'`, 'electron/ must not import this of renderer/'],
    ['electron/main.ts', `import { run } from '../engine/workflow/execute.ts'`, 'must not import this of engine/'],
    ['renderer/App.tsx', `import { readFile } from 'node:fs'`, 'sandboxed'],
    ['renderer/App.tsx', `import { shell } from 'electron'`, 'sandboxed'],
    ['renderer/App.tsx', `import { api } from '../electron/preload.ts'`, 'import type'],
  ])('%s: %s is refused', (file, source, why) => expect(verdict(file, source)).toContain(why));
});
