import { HeadroomError } from '../../contract/errors.ts';

/** What else people have in such files, by a name that tells it. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/(^|[._])lora_|\.lora\./, 'a LoRA: it changes a model and cannot draw by itself'],
  [/^(control_model|controlnet_)/, 'a ControlNet: it guides a model and cannot draw by itself'],
  [/^(emb_params|string_to_param)/, 'a textual inversion: it belongs to a prompt'],
  [/joint_blocks\./, 'Stable Diffusion 3, which Headroom does not know yet'],
  [/distilled_guidance_layer\./, 'Chroma, which Headroom does not know yet'],
  [/double_stream_modulation_img\./, 'FLUX.2, which Headroom does not know yet'],
];

const MOST_GROUPS = 8;

/** The error for a file whose tensors are not those of a known model: what it was taken for, or what was seen. */
export function unknownLayout(path: string, names: readonly string[]): HeadroomError {
  const other = OTHERS.find(([pattern]) => names.some((name) => pattern.test(name)));
  const meaning = other ? `looks like ${other[1]}` : 'is of no layout that Headroom knows';
  return new HeadroomError(
    'model',
    `${path} ${meaning}. It holds ${names.length} tensors: ${namesInGroups(names)}. Headroom reads Stable Diffusion 1, 2 and XL and FLUX.1, in the original layouts or that of diffusers.`,
  );
}

/** How many names there are of each kind, the most frequent first. */
export function namesInGroups(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const [first = '', second] = name.split('.');
    const group = second === undefined ? first : `${first}.${second}.…`;
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const groups = [...counts].sort(([, a], [, b]) => b - a);
  const listed = groups.slice(0, MOST_GROUPS).map(([group, count]) => (count > 1 ? `${group} (${count})` : group));
  return listed.join(', ') + (groups.length > MOST_GROUPS ? `, and ${groups.length - MOST_GROUPS} more kinds` : '');
}
