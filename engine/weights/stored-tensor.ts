import { HeadroomError } from '../contract/errors.ts';
import { readSafetensors, type SafetensorsEntry, type SafetensorsFile } from './safetensors.ts';

/**
 * How the stored numbers differ from those that networks ask for: some checkpoints hold a matrix transposed, or the two
 * halves of its rows in the other order.
 */
export type Arrangement = 'plain' | 'transposed' | 'halves swapped';

/** A tensor under the name that networks ask for: a whole tensor of a file or some of its rows. */
export interface StoredTensor extends SafetensorsEntry {
  readonly path: string;
  /** The name in the file, for errors. */
  readonly storedName: string;
  readonly arrangement: Arrangement;
  /** Whether these are filters that were made [out, height, width, in] for a device. */
  readonly isChannelsLast?: boolean;
  /** One number that all of its own are to be multiplied by, as eight-bit checkpoints have for each of their matrices. */
  readonly scale?: StoredTensor | undefined;
}

/** Of headers that are the same still: a network's graph is built several times over the same files. */
const known = new WeakMap<SafetensorsFile, readonly StoredTensor[]>();

/** A file's tensors under their own names. @throws HeadroomError `file` */
export function storedTensors(path: string): readonly StoredTensor[] {
  const file = readSafetensors(path);
  const tensors = known.get(file) ?? tensorsOf(file);
  known.set(file, tensors);
  return tensors;
}

function tensorsOf({ path, entries }: SafetensorsFile): StoredTensor[] {
  // Spelt out, which is several times as fast as to spread them: files have thousands.
  const stored = ({ name, dtype, shape, offset, length }: SafetensorsEntry): StoredTensor => {
    return { name, dtype, shape, offset, length, path, storedName: name, arrangement: 'plain' };
  };
  return [...entries.values()].map((entry) => {
    const scale = scaleOf(entry, entries);
    return scale ? { ...stored(entry), scale: stored(scale) } : stored(entry);
  });
}

/** @throws HeadroomError `model` for scales that are not one for the whole tensor */
function scaleOf(
  { name, dtype }: SafetensorsEntry,
  entries: ReadonlyMap<string, SafetensorsEntry>,
): SafetensorsEntry | undefined {
  if (!dtype.startsWith('F8') || !name.endsWith('.weight')) return undefined;
  const scale =
    entries.get(name.replace(/weight$/, 'scale_weight')) ?? entries.get(name.replace(/weight$/, 'weight_scale'));
  if (!scale || scale.shape.every((size) => size === 1)) return scale;
  throw new HeadroomError(
    'model',
    `"${scale.name}" has a scale for each of [${scale.shape.join(', ')}] parts of a tensor; Headroom reads eight-bit weights with one for the whole. Take the same model in fp16 or bf16.`,
  );
}

/**
 * A tensor cut along its first dimension into tensors of these relative heights. Rows lie one after the other in the
 * file, so that each part is a range of bytes as well.
 *
 * @throws HeadroomError `model` if the rows cannot be divided so
 */
export function cutRows(tensor: StoredTensor, parts: readonly number[]): StoredTensor[] {
  const [rows = 0, ...rest] = tensor.shape;
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const unit = rows / whole;
  const unitBytes = tensor.length / whole;
  if (!Number.isInteger(unit) || !Number.isInteger(unitBytes)) {
    throw new HeadroomError(
      'model',
      `Tensor "${tensor.storedName}" of ${tensor.path} has ${rows} rows, which are not ${parts.join(' + ')} equal parts. The file is not of the layout that its names suggest.`,
    );
  }
  let first = 0;
  return parts.map((part) => {
    const offset = tensor.offset + first * unitBytes;
    first += part;
    return { ...tensor, shape: [part * unit, ...rest], offset, length: part * unitBytes };
  });
}

/** A network's tensors with some of them in place of those of the same names. */
export function overlaid(network: readonly StoredTensor[], changed: readonly StoredTensor[]): StoredTensor[] {
  const byName = new Map(changed.map((tensor) => [tensor.name, tensor]));
  return network.map((tensor) => byName.get(tensor.name) ?? tensor);
}
