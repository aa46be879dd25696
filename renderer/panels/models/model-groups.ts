import type { ModelKind, ModelSummary } from '../../../engine/contract/models.ts';

interface ModelGroup {
  readonly title: string;
  readonly models: readonly ModelSummary[];
}

/** Which kinds stand together, in the order that they are shown in. */
const GROUPS: readonly (readonly [title: string, kinds: readonly ModelKind[]])[] = [
  ['Models', ['model', 'unknown']],
  ['VAEs and text encoders', ['vae', 'text_encoder']],
  ['LoRAs', ['lora']],
  ['ControlNets', ['controlnet']],
  ['Textual inversions', ['embedding']],
  ['Upscalers', ['upscaler']],
];

/** What was found, by what it is; groups with nothing in them are left out. The usable come first. */
export function modelGroups(models: readonly ModelSummary[]): ModelGroup[] {
  return GROUPS.map(([title, kinds]) => {
    const found = models.filter(({ kind }) => kinds.includes(kind));
    return { title, models: found.toSorted((a, b) => rank(a) - rank(b)) };
  }).filter((group) => group.models.length > 0);
}

function rank({ usable, needs }: ModelSummary): number {
  if (usable) return 0;
  return needs.length > 0 ? 1 : 2;
}
