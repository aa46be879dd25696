import type { ComputeType } from '../../layers/dialect.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { ScaledUpdate } from '../../weights/lora/changes.ts';
import type { SafetensorsDtype } from '../../weights/safetensors.ts';
import type { StoredTensor } from '../../weights/stored-tensor.ts';
import { isTurnable } from './in-float16.ts';

/** A weight that is made of a stored one: with updates added, in another type, or the same. */
export interface DerivedTensor {
  readonly base: StoredTensor;
  readonly updates: readonly ScaledUpdate[];
  /** The type that it is to have. */
  readonly dtype: SafetensorsDtype;
}

const BYTES: Partial<Record<SafetensorsDtype, number>> = { F16: 2, BF16: 2 };

/** Bytes of a weight in its new type. */
export function derivedLength({ base, dtype }: DerivedTensor): number {
  if (dtype === base.dtype) return base.length;
  return elementCount(base.shape) * (BYTES[dtype] as number);
}

/** What is to be made of a network's tensors that updates change, for a device that computes in a type. */
export function changedTensors(
  network: readonly StoredTensor[],
  updates: readonly ScaledUpdate[],
  type: ComputeType,
): DerivedTensor[] {
  const byName = new Map<string, ScaledUpdate[]>();
  for (const scaled of updates) {
    const { name } = scaled.update;
    byName.set(name, [...(byName.get(name) ?? []), scaled]);
  }
  return network.flatMap((base) => {
    const own = byName.get(base.name);
    return own ? [{ base, updates: own, dtype: mergedType(base, type) }] : [];
  });
}

/** The device's type, or else the weight's own again; but eight bits have no room for what is added. */
function mergedType(base: StoredTensor, type: ComputeType) {
  if (type === 'float16' && isTurnable(base)) return 'F16';
  return base.dtype.startsWith('F8') ? 'BF16' : base.dtype;
}

/**
 * The same tensors before they are made: of what type and length they will be, for graphs that are only asked what they need.
 */
export function tensorsToMerge(
  network: readonly StoredTensor[],
  updates: readonly ScaledUpdate[],
  type: ComputeType,
): StoredTensor[] {
  return changedTensors(network, updates, type).map((tensor) => {
    const { base, dtype } = tensor;
    return { ...base, dtype, length: derivedLength(tensor), scale: dtype === base.dtype ? base.scale : undefined };
  });
}
