import { create } from 'zustand';
import type { ModelEstimate } from '../../engine/contract/estimate.ts';
import type { ModelSummary } from '../../engine/contract/models.ts';
import { useEngine } from './engine.ts';

export type ModelLibrary =
  | { state: 'loading' }
  | { state: 'ready'; models: ModelSummary[] }
  | { state: 'failed'; message: string };

interface AskedEstimate {
  /** Null where that cannot be told. */
  readonly estimate: ModelEstimate | null;
  /** What the engine had learned by then, see `EngineMemory`. */
  readonly learnedAt: number | null;
}

interface ModelsState {
  /** Models that were found in the models folders. The last good list stays while a new scan runs. */
  library: ModelLibrary;
  /** What a picture with each needs, as far as it was asked. */
  estimates: ReadonlyMap<string, AskedEstimate>;
}

export const useModels = create<ModelsState>()(() => ({ library: { state: 'loading' }, estimates: new Map() }));

export function setModelLibrary(library: ModelLibrary): void {
  useModels.setState({ library });
}

/** A model whose file changes is summed up otherwise, but for changes that leave what it needs as it is. */
function estimateKey(model: ModelSummary, device: string): string {
  return JSON.stringify([device, model]);
}

export function setModelEstimate(model: ModelSummary, device: string, asked: AskedEstimate): void {
  const { estimates } = useModels.getState();
  useModels.setState({ estimates: new Map(estimates).set(estimateKey(model, device), asked) });
}

/** The first usable model of which it was not asked yet what it needs on a device, or before the engine knew better. */
export function needsEstimate(device: string, learnedAt: number | null): ModelSummary | undefined {
  const { library, estimates } = useModels.getState();
  if (library.state !== 'ready') return undefined;
  return library.models.find((model) => {
    return model.kind === 'model' && model.usable && estimates.get(estimateKey(model, device))?.learnedAt !== learnedAt;
  });
}

/** What a picture with a model needs on the engine's device; undefined while that is not known. */
export function useModelEstimate(model: ModelSummary): ModelEstimate | undefined {
  const device = useEngine(({ status }) => ('device' in status ? status.device : ''));
  return useModels(({ estimates }) => estimates.get(estimateKey(model, device))?.estimate ?? undefined);
}

/** One that draws by its id, or undefined where the library has none such (yet). */
export function useModel(id: string): ModelSummary | undefined {
  return useModels(({ library }) =>
    library.state === 'ready' ? library.models.find((model) => model.kind === 'model' && model.id === id) : undefined,
  );
}
