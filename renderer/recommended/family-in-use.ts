import { fieldValue } from '../graph/values.ts';
import { useGraph } from '../stores/graph.ts';
import { useModels } from '../stores/models.ts';
import { describeNode } from '../stores/node-types.ts';
import { recommendedSettings } from './recommended-settings.ts';

/** The family of the model that the document draws with, the first of several; the first that there is a table of otherwise. */
export function familyInUse(): string {
  const { library } = useModels.getState();
  const models = library.state === 'ready' ? library.models : [];
  const chosen = Object.values(useGraph.getState().nodes).flatMap((node) =>
    (describeNode(node.type)?.inputs ?? [])
      .filter(({ field }) => field?.kind === 'model')
      .map((input) => models.find(({ id, kind }) => kind === 'model' && id === fieldValue(node, input))?.family),
  );
  return chosen.find((family) => typeof family === 'string') ?? recommendedSettings.models[0]?.family ?? '';
}
