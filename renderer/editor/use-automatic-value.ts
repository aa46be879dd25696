import type { InputDescriptor } from '../../engine/contract/node.ts';
import { modelFeeding } from '../graph/model-of.ts';
import { nodesAfter } from '../graph/neighbours.ts';
import { useGraph } from '../stores/graph.ts';
import { useModel } from '../stores/models.ts';
import { describeNode } from '../stores/node-types.ts';
import { useRun } from '../stores/run.ts';

/**
 * What a field comes to that leaves the choice to Headroom: what the model that reaches the node recommends, and for a seed
 * the one that drew the latest pictures.
 */
export function useAutomaticValue(nodeId: string, { name, field }: InputDescriptor): string | number | undefined {
  const isRecommended =
    (field?.kind === 'integer' || field?.kind === 'float') &&
    field.auto !== undefined &&
    field.auto.fromModel !== false;
  const recommended = useRecommended(isRecommended ? nodeId : null, name);
  const drawn = useDrawnSeed(field?.kind === 'seed' ? nodeId : null);
  return recommended ?? drawn;
}

function useRecommended(nodeId: string | null, name: string): string | number | undefined {
  const modelId = useGraph((document) => (nodeId === null ? undefined : modelFeeding(nodeId, document, describeNode)));
  const defaults: Record<string, string | number> | null | undefined = useModel(modelId ?? '')?.defaults;
  return defaults?.[name];
}

/** The seed of the first picture that came of a node in the latest run. */
function useDrawnSeed(nodeId: string | null): number | undefined {
  return useRun(({ nodes }) => {
    if (nodeId === null) return undefined;
    const first = nodesAfter(nodeId, useGraph.getState().edges).flatMap((id) => nodes[id]?.images ?? [])[0];
    return typeof first?.settings.seed === 'number' ? first.settings.seed : undefined;
  });
}
