import { HeadroomError } from '../../contract/errors.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { NetworkFolder } from '../layouts/layouts.ts';
import type { Arrangement, StoredTensor } from '../stored-tensor.ts';
import { type Aliases, layerAliases, type Rows, updateParts } from './layer-names.ts';
import type { LayerUpdate, LoraFile } from './lora-file.ts';
import { madeFor } from './made-for.ts';

/** A model's networks, with their weights as their graphs ask for them. */
export type Networks = ReadonlyMap<NetworkFolder, readonly StoredTensor[]>;

/** What an update does to one weight of a network. */
export interface WeightUpdate extends LayerUpdate {
  /** The weight's name in its network. */
  readonly name: string;
  /** The rows of the update that are the weight's. */
  readonly rows: Rows;
  /** How they lie there. */
  readonly arrangement: Arrangement;
}

/** Where a LoRA's updates belong in a model. */
export interface LoraTargets {
  readonly updates: ReadonlyMap<NetworkFolder, readonly WeightUpdate[]>;
  /** Layers of the file that the model does not have. */
  readonly unmatched: readonly string[];
}

const DENOISERS: readonly NetworkFolder[] = ['unet', 'transformer'];

/** The networks that a layer may be in by how its name begins; what begins otherwise is a denoiser's. */
const PREFIXES: readonly (readonly [RegExp, readonly NetworkFolder[]])[] = [
  [/^lora_te1?_/, ['text_encoder']],
  [/^lora_te[23]_/, ['text_encoder_2']],
  [/^text_encoder\./, ['text_encoder']],
  [/^text_encoder_2\./, ['text_encoder_2']],
  [/^(lora_unet_|lora_transformer_|lycoris_|unet\.|transformer\.|(model\.)?diffusion_model\.|)/, DENOISERS],
];

const MOST_EXAMPLES = 3;

/**
 * Finds the weights that a LoRA changes.
 *
 * @param model its title, for errors
 * @throws HeadroomError `model` if a factor does not fit its weight, or if nothing of what the file has for the denoiser is
 * there: the LoRA was made for another kind of model
 */
export function loraTargets(lora: LoraFile, networks: Networks, model: string): LoraTargets {
  const aliases = new Map<NetworkFolder, Aliases>();
  for (const [folder, tensors] of networks) aliases.set(folder, layerAliases(folder, tensors));
  const updates = new Map<NetworkFolder, WeightUpdate[]>();
  const unmatched: string[] = [];
  for (const update of lora.updates) {
    const { layer, folders } = placeOf(update.layer);
    const folder = folders.find((candidate) => aliases.has(candidate));
    const parts = folder ? updateParts(layer, update, aliases.get(folder) as Aliases) : [];
    if (!folder || parts.length === 0) unmatched.push(update.layer);
    for (const { target, ...part } of parts) {
      const change = { ...update, ...part, name: target.name };
      checkShapes(change, target, lora, model);
      updates.set(folder as NetworkFolder, [...(updates.get(folder as NetworkFolder) ?? []), change]);
    }
  }
  const changesDenoiser = DENOISERS.some((folder) => updates.has(folder));
  const isForDenoiser = lora.updates.some(({ layer }) => placeOf(layer).folders === DENOISERS);
  if (updates.size > 0 && (changesDenoiser || !isForDenoiser)) return { updates, unmatched };
  throw new HeadroomError(
    'model',
    `${lora.path} does not belong to ${model}, which lacks the layers that it changes: ${examples(unmatched)}.${hint(lora)}`,
  );
}

/** The first of some names and how many more there are. */
export function examples(names: readonly string[]): string {
  const more = names.length - MOST_EXAMPLES;
  return names.slice(0, MOST_EXAMPLES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function placeOf(name: string): { readonly layer: string; readonly folders: readonly NetworkFolder[] } {
  const [prefix, folders] = PREFIXES.find(([pattern]) => pattern.test(name)) as (typeof PREFIXES)[number];
  return { layer: name.replace(prefix, ''), folders };
}

/** @throws HeadroomError `model` if the update has not the weight's size, or knows no part of it alone */
function checkShapes(update: WeightUpdate, target: StoredTensor, lora: LoraFile, model: string): void {
  const { layer, difference, magnitude, rows } = update;
  const [height = 0, ...rest] = target.arrangement === 'transposed' ? target.shape.toReversed() : target.shape;
  if (rows.count !== height || difference.columns !== elementCount(rest)) {
    throw new HeadroomError(
      'model',
      `${lora.path} does not fit ${model}: what it adds to ${layer} is [${rows.count}, ${difference.columns}], and "${target.name}" is [${height}, ${rest.join(', ')}].${hint(lora)}`,
    );
  }
  if (magnitude?.of === 'columns' && rows.count < difference.rows) {
    throw new HeadroomError(
      'model',
      `${lora.path} scales the inputs of ${layer} (DoRA), of which "${target.name}" of ${model} is a part: Headroom cannot apply that to a part.`,
    );
  }
}

function hint(lora: LoraFile): string {
  const kind = madeFor(lora);
  return kind === undefined ? '' : ` It looks made for ${kind}.`;
}
