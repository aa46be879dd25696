import { create } from 'zustand';
import type { ModelSummary } from '../../engine/contract/models.ts';

export type ModelLibrary =
  | { state: 'loading' }
  | { state: 'ready'; models: ModelSummary[] }
  | { state: 'failed'; message: string };

/** Models that were found in the models folders. The last good list stays while a new scan runs. */
export const useModels = create<{ library: ModelLibrary }>()(() => ({ library: { state: 'loading' } }));

export function setModelLibrary(library: ModelLibrary): void {
  useModels.setState({ library });
}

/** One that draws by its id, or undefined where the library has none such (yet). */
export function useModel(id: string): ModelSummary | undefined {
  return useModels(({ library }) =>
    library.state === 'ready' ? library.models.find((model) => model.kind === 'model' && model.id === id) : undefined,
  );
}
