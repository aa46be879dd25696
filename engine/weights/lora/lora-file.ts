import { HeadroomError } from '../../contract/errors.ts';
import { namesInGroups } from '../layouts/unknown-layout.ts';
import { readSafetensors } from '../safetensors.ts';
import { type StoredTensor, storedTensors } from '../stored-tensor.ts';
import { readValues } from '../tensor-values.ts';
import { metadataAlphas } from './metadata.ts';

/** What a LoRA adds to one layer: `alpha / rank · up · down` (https://arxiv.org/abs/2106.09685, section 4.1). */
export interface LowRankUpdate {
  /** The layer as the file calls it, without what tells the part of the update. */
  readonly layer: string;
  /** [rank, in, …]. */
  readonly down: StoredTensor;
  /** [out, rank, …]. */
  readonly up: StoredTensor;
  /** Of convolutions, between the two: [rank, rank, height, width] (LyCORIS: LoCon, use_tucker). */
  readonly mid?: StoredTensor;
  /** The rank by default. */
  readonly alpha: number;
}

/** The updates of a LoRA file, and the names of its tensors that belong to none. */
export interface LoraFile {
  readonly path: string;
  readonly updates: readonly LowRankUpdate[];
  readonly others: readonly string[];
}

type Part = 'down' | 'up' | 'mid' | 'alpha';

/** How tools name the parts: the layer's name, then what tells the part, in the last group. */
const PATTERNS: readonly (readonly [RegExp, layer: string])[] = [
  // kohya-ss/sd-scripts, LyCORIS
  [/^(.+)\.lora_(down|up|mid)\.weight$/, '$1'],
  [/^(.+)\.(alpha)$/, '$1'],
  // PEFT, and diffusers since it uses that
  [/^(.+)\.lora_([AB])(?:\.default(?:_\d+)?)?\.weight$/, '$1'],
  // diffusers before, and its attention processors before that
  [/^(.+)\.lora(?:_linear_layer)?\.(down|up)\.weight$/, '$1'],
  [/^(.+)\.processor\.(to_[qkv])_lora\.(down|up)\.weight$/, '$1.$2'],
  [/^(.+)\.processor\.to_out_lora\.(down|up)\.weight$/, '$1.to_out.0'],
];
const PARTS: Readonly<Record<string, Part>> = {
  down: 'down',
  up: 'up',
  mid: 'mid',
  alpha: 'alpha',
  A: 'down',
  B: 'up',
};

/** Other ways to change a layer, by what their tensors are called. */
const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/\.hada_w1_a$/, 'LoHa'],
  [/\.lokr_w[12](_a)?$/, 'LoKr'],
  [/\.dora_scale$/, 'DoRA'],
  [/\.lora_magnitude_vector/, 'DoRA'],
  [/\.oft_(diag|blocks)$/, 'OFT'],
  [/\.(diff|diff_b)$/, 'whole differences'],
];

/**
 * Reads what a LoRA file holds, in the names of kohya-ss/sd-scripts, of diffusers and of PEFT.
 *
 * @throws HeadroomError `file` if it is no safetensors file; `model` if it is no LoRA, of a kind that cannot be applied, or
 * incomplete
 */
export function openLora(path: string): LoraFile {
  const tensors = storedTensors(path);
  const names = tensors.map(({ name }) => name);
  const other = OTHER_KINDS.find(([pattern]) => names.some((name) => pattern.test(name)));
  if (other) {
    throw new HeadroomError(
      'model',
      `${path} holds ${other[1]}, which Headroom cannot apply; it applies LoRA and LoCon.`,
    );
  }
  const alphas = metadataAlphas(readSafetensors(path).metadata);
  const layers = new Map<string, Partial<Record<Part, StoredTensor>>>();
  const others: string[] = [];
  for (const tensor of tensors) {
    const found = partOf(tensor.name);
    if (found) layers.set(found.layer, { ...layers.get(found.layer), [found.part]: tensor });
    else others.push(tensor.name);
  }
  const updates = [...layers].map(([layer, parts]) => updateOf(path, layer, parts, alphas(layer)));
  if (updates.length > 0) return { path, updates, others };
  throw new HeadroomError(
    'model',
    `${path} is not a LoRA: it holds ${names.length} tensors, none of them part of a low-rank update: ${namesInGroups(names)}.`,
  );
}

function partOf(name: string): { readonly layer: string; readonly part: Part } | undefined {
  const pattern = PATTERNS.find(([candidate]) => candidate.test(name));
  if (!pattern) return undefined;
  const [whole, layer] = pattern;
  const part = PARTS[whole.exec(name)?.at(-1) ?? ''] as Part;
  return { layer: name.replace(whole, layer).replace(/^base_model\.model\./, ''), part };
}

function updateOf(
  path: string,
  layer: string,
  { down, up, mid, alpha }: Partial<Record<Part, StoredTensor>>,
  metadataAlpha: number | undefined,
): LowRankUpdate {
  if (!down || !up) {
    throw new HeadroomError(
      'model',
      `${path} is incomplete: ${layer} lacks the ${down ? 'second (up, B)' : 'first (down, A)'} of its two factors. Download the LoRA again.`,
    );
  }
  const [rank = 0] = down.shape;
  if (rank === 0 || up.shape[1] !== rank) throw unequalRanks(path, down, up);
  const stored = alpha && readValues(alpha)[0];
  return { layer, down, up, ...(mid ? { mid } : {}), alpha: stored ?? metadataAlpha ?? rank };
}

function unequalRanks(path: string, down: StoredTensor, up: StoredTensor): HeadroomError {
  return new HeadroomError(
    'model',
    `${path} is malformed: "${down.name}" [${down.shape.join(', ')}] and "${up.name}" [${up.shape.join(', ')}] are not of one rank.`,
  );
}
