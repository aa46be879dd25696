import { createHash } from 'node:crypto';
import { componentUpdates, componentVersion } from '../families/adapters.ts';
import type { ComponentRecord } from '../families/family.ts';
import { componentTensors, type Model } from '../families/model.ts';
import type { Dialect } from '../layers/dialect.ts';
import { overlaid, type StoredTensor } from '../weights/stored-tensor.ts';
import { changedTensors, convertedTensors, toBeMade } from './derived/derived-tensor.ts';

const forms = new Map<string, string>();

/**
 * What a component's graph is made from but for the numbers in it: its config, and the names, types and shapes of its tensors.
 * Components of one form need the same memory, whatever models they are of. Read once for each model and device.
 *
 * @throws HeadroomError `model` or `file`
 */
export function componentForm(model: Model, component: ComponentRecord, dialect: Dialect): string {
  const key = JSON.stringify([componentVersion(model, component), component.name, component.variant, dialect.id]);
  const known = forms.get(key);
  if (known !== undefined) return known;
  const { config } = model.source.network(component);
  const loaded = overlaid(componentTensors(model, component), tensorsToMake(model, component, dialect));
  const tensors = loaded.map(({ name, dtype, shape }) => [name, dtype, shape]);
  const content = JSON.stringify([model.family.id, component.name, component.variant, config, tensors]);
  const form = createHash('sha256').update(content).digest('hex');
  forms.set(key, form);
  return form;
}

/** The tensors that are made for a device or changed by LoRAs, in the types that they are loaded in then; nothing is computed. */
export function tensorsToMake(model: Model, component: ComponentRecord, dialect: Dialect): StoredTensor[] {
  const tensors = componentTensors(model, component);
  const changed = changedTensors(tensors, componentUpdates(model, component), dialect);
  return toBeMade([...convertedTensors(tensors, dialect), ...changed]);
}
