import type { InputDescriptor } from '../../engine/contract/node.ts';
import { modelFeeding } from '../graph/model-of.ts';
import { useGraph } from '../stores/graph.ts';
import { useModel } from '../stores/models.ts';
import { describeNode } from '../stores/node-types.ts';

/** What a field that leaves the choice to Headroom comes to: what the model that reaches the node recommends. */
export function useAutomaticValue(nodeId: string, { name, field }: InputDescriptor): string | number | undefined {
  const isChosen = (field?.kind === 'integer' || field?.kind === 'float') && field.auto !== undefined;
  const modelId = useGraph((document) => (isChosen ? modelFeeding(nodeId, document, describeNode) : undefined));
  const defaults: Record<string, string | number> | null | undefined = useModel(modelId ?? '')?.defaults;
  return defaults?.[name];
}
