import type { Picture } from './picture.ts';

/** Our settings by the names that AUTOMATIC1111's web UI gave them (modules/infotext_utils.py), in its order. */
const NAMES = [
  ['Steps', 'steps'],
  ['Sampler', 'scheduler'],
  ['CFG scale', 'guidance_scale'],
  ['Seed', 'seed'],
] as const;

/**
 * The `parameters` text that other tools read: the prompt, a line with the negative one, a line of settings. Undefined for
 * a picture that no prompt drew.
 */
export function parametersText({ width, height, settings }: Picture): string | undefined {
  const { prompt, negative_prompt: negativePrompt, model, loras } = settings;
  if (typeof prompt !== 'string') return undefined;
  const pairs = [
    ...NAMES.flatMap(([name, key]) => (settings[key] === undefined ? [] : [[name, settings[key]]])),
    ['Size', `${width}x${height}`],
    ...(model === undefined ? [] : [['Model', model]]),
    ...(loras === undefined ? [] : [['LoRAs', loras]]),
    ['Version', 'Headroom'],
  ];
  const lines = [prompt];
  if (negativePrompt) lines.push(`Negative prompt: ${negativePrompt}`);
  lines.push(pairs.map(([name, value]) => `${name}: ${quoted(String(value))}`).join(', '));
  return lines.join('\n');
}

/** Values that would break the comma-separated line are written as JSON texts, as the web UI does. */
function quoted(value: string): string {
  return /[,:\n]/.test(value) ? JSON.stringify(value) : value;
}
