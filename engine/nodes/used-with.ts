import type { Model } from '../families/model.ts';

/** What a model draws with besides itself, for the settings that pictures carry. */
export function usedWith({ adapters, controls }: Model): Record<string, string> {
  const loras = adapters.map(({ id, weight }) => `${id}:${weight}`).join(', ');
  const controlnets = controls.map(({ id, strength }) => `${id}:${strength}`).join(', ');
  return { ...(loras ? { loras } : {}), ...(controlnets ? { controlnets } : {}) };
}
