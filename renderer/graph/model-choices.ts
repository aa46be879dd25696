import type { ModelSummary } from '../../engine/contract/models.ts';
import type { Field } from '../../engine/contract/ports.ts';

export type ModelField = Extract<Field, { kind: 'model' }>;

/** Whether something of the library is what a field takes. A VAE or a text encoder may come out of a whole model. */
export function fitsField({ kind }: ModelSummary, { of = 'model' }: ModelField): boolean {
  return kind === of || (kind === 'model' && (of === 'vae' || of === 'text_encoder'));
}

/** Whether it can be chosen: parts that it lacks can be chosen beside it. */
export function canBeChosen({ usable, needs }: ModelSummary): boolean {
  return usable || needs.length > 0;
}
