import { join, resolve } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';
import { type EngineOptions, zEngineOptions } from '../contract/protocol.ts';
import type { Engine, EngineHooks } from '../host/engine.ts';
import { openEngine } from '../host/open.ts';
import { memoryLimit } from './memory-limit.ts';
import { modelFolders, tokenizersFolder } from './resources.ts';
import { stateFolder } from './state-folder.ts';

export interface EngineValues {
  models: string[];
  device: string;
  'vram-limit'?: string | undefined;
}

/**
 * The engine that options ask for.
 *
 * @param out the folder for pictures
 * @throws HeadroomError `input` for an option, `file`
 */
export async function openEngineFor(values: EngineValues, out: string, hooks: EngineHooks): Promise<Engine> {
  const results = resolve(out);
  const engine = await openEngine(
    {
      modelFolders: modelFolders(values.models),
      tokenizersFolder: tokenizersFolder(),
      resultsFolder: results,
      previewFolder: join(results, 'previews'),
      device: deviceName(values.device),
      memoryLimitBytes: memoryLimit(values['vram-limit']),
      stateFolder: stateFolder(),
    },
    hooks,
  );
  // Which device it is, and how large, the engine finds out.
  memoryLimit(values['vram-limit'], engine.memorySettings().deviceBytes);
  return engine;
}

function deviceName(name: string): EngineOptions['device'] {
  const devices = zEngineOptions.shape.device;
  const parsed = devices.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new HeadroomError('input', `--device must be one of ${devices.options.join(', ')}, got ${name}.`);
}
