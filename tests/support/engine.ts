import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Model, openModel } from '../../engine/families/model.ts';
import { openSource } from '../../engine/families/sources/open-source.ts';
import { cpuDialect } from '../../engine/layers/dialects/cpu.ts';
import { Components } from '../../engine/memory/components.ts';
import { Corrections } from '../../engine/memory/corrections.ts';
import { DeviceMemory } from '../../engine/memory/device-memory.ts';
import { RememberedPlans } from '../../engine/memory/remembered-plans.ts';
import { DerivedWeights } from '../../engine/pipelines/derived/derived-weights.ts';
import { encodedTexts } from '../../engine/pipelines/run-text-encoder.ts';
import type { PipelineEnvironment, Stage } from '../../engine/pipelines/stage.ts';
import { Tokenizers } from '../../engine/pipelines/tokenizers.ts';

/** The folder of the models that ship with the app. */
export const bundledModels = join(import.meta.dirname, '../../resources/models');

/** The folder of the tokenizers that ship with the app. */
export const bundledTokenizers = join(import.meta.dirname, '../../resources/tokenizers');

export function starterModel(): Model {
  return modelAt(join(bundledModels, 'starter'), 'starter');
}

/** The model in a folder or file. */
export function modelAt(path: string, id: string, tokenizers = bundledTokenizers): Model {
  return openModel(openSource(path, tokenizers), id);
}

/** The CPU with nobody listening. */
export function quietEnvironment(): PipelineEnvironment {
  return environmentWith(DeviceMemory.unmanaged());
}

/** The CPU with some memory and nobody listening. */
export function environmentWith(memory: DeviceMemory): PipelineEnvironment {
  const corrections = new Corrections(null, 'cpu');
  const components = new Components('cpu', memory, { onBusy: () => {}, onChange: () => {} }, { corrections });
  return {
    dialect: cpuDialect,
    components,
    tokenizers: new Tokenizers(),
    encodedTexts: encodedTexts(),
    remembered: new RememberedPlans(null),
    corrections,
    embeddingPath: async () => undefined,
    derived: new DerivedWeights(join(tmpdir(), `headroom-derived-${process.pid}`)),
  };
}

/** A stage with nobody listening; what is kept is computed each time. */
export function quietStage(overrides: Partial<Stage> = {}): Stage {
  return {
    environment: quietEnvironment(),
    signal: new AbortController().signal,
    progress: () => {},
    preview: () => {},
    warning: () => {},
    recovery: () => {},
    kept: (_name, compute) => compute(),
    coming: async () => [],
    ...overrides,
  };
}
