import { type Dialect, isKept } from '../../layers/dialect.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { ScaledUpdate } from '../../weights/lora/changes.ts';
import type { SafetensorsDtype } from '../../weights/safetensors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { channelsLast, weightType } from '../../weights/weight-view.ts';
import { isMatrix, isTurnableToFloat8 } from './in-float8.ts';
import { isTurnable, needsFloat16 } from './in-float16.ts';

/** A weight that is made of a stored one: with updates added, in another type, or the same. */
export interface DerivedTensor {
  readonly base: StoredTensor;
  readonly updates: readonly ScaledUpdate[];
  /** The type that it is to have. */
  readonly dtype: SafetensorsDtype;
  /** Whether filters are to be [out, height, width, in]. */
  readonly isChannelsLast?: boolean;
}

/** The type that a device wants a weight in. */
function loadedType(dialect: Dialect, weight: StoredTensor): SafetensorsDtype {
  if (dialect.matrixType && isTurnableToFloat8(weight)) return 'F8_E4M3';
  return needsFloat16(dialect, weight) ? 'F16' : weight.dtype;
}

/** Whether a device wants a weight with its channels last; filters of one pixel, which some networks read as matrices, are so. */
function isTurned(dialect: Dialect, weight: StoredTensor): boolean {
  const { shape, scale } = weight;
  const [, , height = 1, width = 1] = shape;
  if (!dialect.turnsFilters || height * width === 1 || !isTurnable(weight)) return false;
  return isKept(dialect, { type: weightType(weight), shape, scale });
}

const BYTES: Partial<Record<SafetensorsDtype, number>> = { F16: 2, BF16: 2, F8_E4M3: 1 };

/** Bytes of a weight in its new type. */
export function derivedLength({ base, dtype }: DerivedTensor): number {
  if (dtype === base.dtype) return base.length;
  return elementCount(base.shape) * (BYTES[dtype] as number);
}

/** Whether a weight gets a scale of its own. */
export function isRescaled({ base, updates, dtype }: DerivedTensor): boolean {
  return dtype === 'F8_E4M3' && (dtype !== base.dtype || updates.length > 0);
}

/** What is to be made of a network's tensors, so that a device has to turn none each time. */
export function convertedTensors(network: readonly StoredTensor[], dialect: Dialect): DerivedTensor[] {
  return network.flatMap((base) => {
    const dtype = loadedType(dialect, base);
    const isChannelsLast = isTurned(dialect, base);
    return dtype === base.dtype && !isChannelsLast ? [] : [{ base, updates: [], dtype, isChannelsLast }];
  });
}

/** What is to be made of a network's tensors that updates change, for a device. */
export function changedTensors(
  network: readonly StoredTensor[],
  updates: readonly ScaledUpdate[],
  dialect: Dialect,
): DerivedTensor[] {
  const byName = new Map<string, ScaledUpdate[]>();
  for (const scaled of updates) {
    const { name } = scaled.update;
    byName.set(name, [...(byName.get(name) ?? []), scaled]);
  }
  return network.flatMap((base) => {
    const own = byName.get(base.name);
    return own ? [{ base, updates: own, dtype: mergedType(base, dialect) }] : [];
  });
}

/**
 * The type that the device wants it in, or else the weight's own again. Of eight bits, only matrices get as many again, with a
 * scale: all others get more for what is added.
 */
function mergedType(base: StoredTensor, dialect: Dialect): SafetensorsDtype {
  const isEight = loadedType(dialect, base).startsWith('F8');
  if (isEight && isMatrix(base) && dialect.keptTypes.includes('float8e4m3')) return 'F8_E4M3';
  if (dialect.computeType === 'float16' && isTurnable(base)) return 'F16';
  return isEight ? 'BF16' : base.dtype;
}

/** What tensors will be once they are made, at places of those that they are made of. */
export function toBeMade(tensors: readonly DerivedTensor[]): StoredTensor[] {
  return tensors.map((tensor) => {
    const { base, dtype, isChannelsLast = false } = tensor;
    const shape = isChannelsLast ? channelsLast(base.shape) : base.shape;
    const scale = dtype === base.dtype ? base.scale : undefined;
    return { ...base, dtype, isChannelsLast, shape, length: derivedLength(tensor), scale };
  });
}
