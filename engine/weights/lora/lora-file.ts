import { HeadroomError } from '../../contract/errors.ts';
import { namesInGroups } from '../layouts/unknown-layout.ts';
import { readSafetensors } from '../safetensors.ts';
import { storedTensors } from '../stored-tensor.ts';
import { type Difference, lowRank } from './difference.ts';
import { LayerParts } from './layer-parts.ts';
import { loha } from './loha.ts';
import { lokr } from './lokr.ts';
import { type Magnitude, magnitudeOf } from './magnitude.ts';
import { metadataAlphas } from './metadata.ts';

/** What a file does to one layer: `W + difference`, and with a magnitude (DoRA) that scaled to it. */
export interface LayerUpdate {
  /** The layer as the file calls it, without what tells the part of the update. */
  readonly layer: string;
  /** The file. */
  readonly path: string;
  readonly difference: Difference;
  readonly magnitude?: Magnitude | undefined;
}

/** The updates of a LoRA file, and the names of its tensors that belong to none. */
export interface LoraFile {
  readonly path: string;
  readonly updates: readonly LayerUpdate[];
  readonly others: readonly string[];
}

/** How tools name the parts: the layer's name, then what tells the part, in the last group. */
const PATTERNS: readonly (readonly [RegExp, layer: string])[] = [
  // kohya-ss/sd-scripts, LyCORIS
  [/^(.+)\.lora_(down|up|mid)\.weight$/, '$1'],
  [/^(.+)\.(alpha|dora_scale)$/, '$1'],
  // LyCORIS, and PEFT
  [/^(.+)\.((?:hada|lokr)_(?:w[12](?:_[ab])?|t[12]))(?:\.default(?:_\d+)?)?$/, '$1'],
  // PEFT, and diffusers since it uses that
  [/^(.+)\.lora_([AB])(?:\.default(?:_\d+)?)?\.weight$/, '$1'],
  [/^(.+)\.(lora_magnitude_vector)(?:\.default(?:_\d+)?)?(?:\.weight)?$/, '$1'],
  // diffusers before, and its attention processors before that
  [/^(.+)\.lora(?:_linear_layer)?\.(down|up)\.weight$/, '$1'],
  [/^(.+)\.processor\.(to_[qkv])_lora\.(down|up)\.weight$/, '$1.$2'],
  [/^(.+)\.processor\.to_out_lora\.(down|up)\.weight$/, '$1.to_out.0'],
];
/** Parts that have two names. */
const PARTS: Readonly<Record<string, string>> = { A: 'down', B: 'up' };

/** Other ways to change a layer, by what their tensors are called. */
const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/\.oft_(diag|blocks)$/, 'OFT'],
  [/\.(diff|diff_b)$/, 'whole differences'],
];

/**
 * Reads what a LoRA file holds: LoRA, LoCon, LoHa, LoKr and DoRA, in the names of kohya-ss/sd-scripts, of LyCORIS, of
 * diffusers and of PEFT.
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
      `${path} holds ${other[1]}, which Headroom cannot apply; it applies LoRA, LoCon, LoHa, LoKr and DoRA.`,
    );
  }
  const alphas = metadataAlphas(readSafetensors(path).metadata);
  const layers = new Map<string, LayerParts>();
  const others: string[] = [];
  for (const tensor of tensors) {
    const found = partOf(tensor.name);
    if (!found) {
      others.push(tensor.name);
      continue;
    }
    const { layer, part } = found;
    const parts = layers.get(layer) ?? new LayerParts(layer, path, alphas(layer));
    parts.add(part, tensor);
    layers.set(layer, parts);
  }
  if (layers.size > 0) return { path, updates: [...layers.values()].map(updateOf), others };
  throw new HeadroomError(
    'model',
    `${path} is not a LoRA: it holds ${names.length} tensors, none of them part of a low-rank update: ${namesInGroups(names)}.`,
  );
}

function partOf(name: string): { readonly layer: string; readonly part: string } | undefined {
  const pattern = PATTERNS.find(([candidate]) => candidate.test(name));
  if (!pattern) return undefined;
  const [whole, layer] = pattern;
  const part = whole.exec(name)?.at(-1) as string;
  return { layer: name.replace(whole, layer).replace(/^base_model\.model\./, ''), part: PARTS[part] ?? part };
}

/** @throws HeadroomError `model` if a part is missing or they do not fit each other */
function updateOf(parts: LayerParts): LayerUpdate {
  const { layer, path } = parts;
  const kind = parts.hasAny(/^hada_/) ? loha : parts.hasAny(/^lokr_/) ? lokr : lowRank;
  const difference = kind(parts);
  return { layer, path, difference, magnitude: magnitudeOf(parts, difference) };
}
