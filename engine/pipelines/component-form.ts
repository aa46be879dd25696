import { createHash } from 'node:crypto';
import { componentUpdates, componentVersion } from '../families/adapters.ts';
import type { ComponentRecord } from '../families/family.ts';
import { componentTensors, type Model } from '../families/model.ts';
import type { ComputeType } from '../layers/dialect.ts';
import { overlaid, type StoredTensor } from '../weights/stored-tensor.ts';
import { tensorsToMerge } from './derived/derived-tensor.ts';

const forms = new Map<string, string>();

/**
 * What a component's graph is made from but for the numbers in it: its config, and the names, types and shapes of its tensors.
 * Components of one form need the same memory, whatever models they are of. Read once for each model and compute type.
 *
 * @throws HeadroomError `model` or `file`
 */
export function componentForm(model: Model, component: ComponentRecord, type: ComputeType): string {
  const key = JSON.stringify([componentVersion(model, component), component.name, component.variant, type]);
  const known = forms.get(key);
  if (known !== undefined) return known;
  const { config } = model.source.network(component);
  const loaded = overlaid(componentTensors(model, component), changedByLoras(model, component, type));
  const tensors = loaded.map(({ name, dtype, shape }) => [name, dtype, shape]);
  const content = JSON.stringify([model.family.id, component.name, component.variant, config, tensors]);
  const form = createHash('sha256').update(content).digest('hex');
  forms.set(key, form);
  return form;
}

/** The tensors that a model's LoRAs change, in the types that they are loaded in then; nothing is computed. */
export function changedByLoras(model: Model, component: ComponentRecord, type: ComputeType): StoredTensor[] {
  const updates = componentUpdates(model, component);
  return updates.length === 0 ? [] : tensorsToMerge(componentTensors(model, component), updates, type);
}
