import { bflFlux } from '../layouts/bfl-flux.ts';
import type { NetworkFolder } from '../layouts/layouts.ts';
import { originalUnetNames } from '../layouts/ldm-unet.ts';
import type { Arrangement, StoredTensor } from '../stored-tensor.ts';
import type { LayerUpdate } from './lora-file.ts';

/** A network's weights by all names that their layers go by, with underscores for dots. */
export type Aliases = ReadonlyMap<string, StoredTensor>;

/** Some rows of an update. */
export interface Rows {
  readonly first: number;
  readonly count: number;
}

/** Rows of an update, and the weight that they change. */
interface UpdatePart {
  readonly rows: Rows;
  /** How they lie in the update, as seen from the weight. */
  readonly arrangement: Arrangement;
  readonly target: StoredTensor;
}

const WEIGHT = '.weight';

/**
 * Tools name layers as diffusers does or as the model's makers did, with dots or, as kohya-ss/sd-scripts, with underscores in
 * their place. The latter cannot be undone, so that names are compared without dots.
 */
export function layerAliases(folder: NetworkFolder, tensors: readonly StoredTensor[]): Aliases {
  const weights = tensors.filter(({ name, shape }) => name.endsWith(WEIGHT) && shape.length > 1);
  const byLayer = new Map(weights.map((tensor) => [tensor.name.slice(0, -WEIGHT.length), tensor]));
  const aliases = new Map<string, StoredTensor>();
  for (const [layer, tensor] of byLayer) {
    aliases.set(flat(layer), tensor);
    // Files name text encoders as transformers did when all of them had this prefix.
    if (folder.startsWith('text_encoder')) aliases.set(flat(`text_model.${layer}`), tensor);
  }
  if (folder !== 'unet') return aliases;
  for (const [layer, original] of originalUnetNames([...byLayer.keys()])) {
    aliases.set(flat(original), byLayer.get(layer) as StoredTensor);
  }
  return aliases;
}

/**
 * The weights that a layer of a file stands for, each with its rows of the update: where a model's makers keep several of
 * diffusers' layers in one, it is cut as their weight would be. None for a layer that the network lacks.
 *
 * @param layer without what tells the network
 * @throws HeadroomError `model` if the update cannot be cut so
 */
export function updateParts(layer: string, { path, difference }: LayerUpdate, aliases: Aliases): UpdatePart[] {
  const { rows: count } = difference;
  const target = aliases.get(flat(layer));
  if (target) return [{ rows: { first: 0, count }, arrangement: 'plain', target }];
  const pieces = bflFlux([oneByteRows(bflLayer(flat(layer)) + WEIGHT, layer, count, path)]);
  const parts = pieces.flatMap(({ name, offset, length, arrangement }) => {
    const own = aliases.get(flat(name.slice(0, -WEIGHT.length)));
    return own ? [{ rows: { first: offset, count: length }, arrangement, target: own }] : [];
  });
  return parts.length === pieces.length ? parts : [];
}

/** What stands for an update where tensors are cut: with rows of one byte, places in it are numbers of rows. */
function oneByteRows(name: string, storedName: string, rows: number, path: string): StoredTensor {
  return { name, storedName, path, dtype: 'U8', shape: [rows], offset: 0, length: rows, arrangement: 'plain' };
}

function flat(layer: string): string {
  return layer.replaceAll('.', '_');
}

/** A layer of FLUX under its makers' name from the one without dots, such as `double_blocks.0.img_attn.qkv`. */
function bflLayer(flatName: string): string {
  return flatName
    .replace(/^(double|single)_blocks_(\d+)_/, '$1_blocks.$2.')
    .replace(/_(qkv|proj|lin|[02]|in_layer|out_layer)$/, '.$1')
    .replace(/^final_layer_/, 'final_layer.')
    .replace(/_1$/, '.1');
}
