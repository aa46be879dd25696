import { createHash } from 'node:crypto';
import type { ComponentRecord } from '../families/family.ts';
import { componentTensors, type Model } from '../families/model.ts';

const forms = new Map<string, string>();

/**
 * What a component's graph is made from but for the numbers in it: its config, and the names, types and shapes of its tensors.
 * Components of one form need the same memory, whatever models they are of. Read once for each model.
 *
 * @throws HeadroomError `model` or `file`
 */
export function componentForm(model: Model, component: ComponentRecord): string {
  const key = JSON.stringify([model.fingerprint, component.name, component.variant]);
  const known = forms.get(key);
  if (known !== undefined) return known;
  const { config } = model.source.network(component);
  const tensors = componentTensors(model, component).map(({ name, dtype, shape }) => [name, dtype, shape]);
  const content = JSON.stringify([model.family.id, component.name, component.variant, config, tensors]);
  const form = createHash('sha256').update(content).digest('hex');
  forms.set(key, form);
  return form;
}
