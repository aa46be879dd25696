import { HeadroomError } from '../contract/errors.ts';
import type { Float8 } from '../tensor/float8.ts';
import type { SafetensorsDtype } from './safetensors.ts';
import { type Arrangement, type StoredTensor, storedTensors } from './stored-tensor.ts';

/** The element types that a network's weights may be stored in, by the names the rest of the engine uses. */
export type WeightType = 'float32' | 'float16' | 'bfloat16' | Float8;

/** One tensor of a network: its bytes stay in the file, `offset` counts from the start of the file. */
export interface Weight {
  readonly name: string;
  readonly type: WeightType;
  /** As it is stored. */
  readonly shape: readonly number[];
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** A tensor that a network asked for. */
export interface FoundWeight extends Weight {
  /** What must be undone to have the tensor that was asked for. */
  readonly arrangement: Arrangement;
  /** Whether these are filters [out, height, width, in]. */
  readonly isChannelsLast: boolean;
  /** One number that all others are to be multiplied by. */
  readonly scale: StoredTensor | undefined;
}

const WEIGHT_TYPES: Partial<Record<SafetensorsDtype, WeightType>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E4M3: 'float8e4m3',
  F8_E5M2: 'float8e5m2',
};

/** The type to compute with. @throws HeadroomError `model` if networks cannot read the tensor's dtype, with what to do */
export function weightType(tensor: StoredTensor): WeightType {
  const type = WEIGHT_TYPES[tensor.dtype];
  if (type) return type;
  throw new HeadroomError(
    'model',
    `Tensor "${tensor.storedName}" of ${tensor.path} is stored as ${tensor.dtype}; Headroom reads weights in F32, F16, BF16, F8_E4M3 and F8_E5M2. Take the same model in one of them.`,
  );
}

/**
 * The tensors of a network by name, looked up under a prefix, over one or several safetensors files.
 *
 * Networks ask for each tensor with the shape that their config implies, so a checkpoint that does not belong to its
 * config is refused by the first tensor that differs, by name.
 */
export class WeightView {
  readonly #tensors: ReadonlyMap<string, StoredTensor>;
  readonly #used: Set<string>;
  readonly #prefix: string;

  private constructor(tensors: ReadonlyMap<string, StoredTensor>, used: Set<string>, prefix: string) {
    this.#tensors = tensors;
    this.#used = used;
    this.#prefix = prefix;
  }

  /** Reads the headers of a network's files. @throws HeadroomError `file`, or `model` if two tensors have one name */
  static open(paths: string | readonly string[]): WeightView {
    return WeightView.of([paths].flat().flatMap(storedTensors));
  }

  /** @throws HeadroomError `model` if two tensors have one name */
  static of(tensors: readonly StoredTensor[]): WeightView {
    const byName = new Map<string, StoredTensor>();
    for (const tensor of tensors) {
      const other = byName.get(tensor.name);
      if (other) {
        throw new HeadroomError('model', `Tensor "${tensor.name}" is in both ${other.path} and ${tensor.path}.`);
      }
      byName.set(tensor.name, tensor);
    }
    return new WeightView(byName, new Set(), '');
  }

  /** The same tensors under `prefix.`; what is looked up through either view counts as used in both. */
  scope(prefix: string): WeightView {
    return new WeightView(this.#tensors, this.#used, `${this.#prefix}${prefix}.`);
  }

  has(name: string): boolean {
    return this.#tensors.has(this.#prefix + name);
  }

  /** The shape a tensor is stored in, or undefined if there is none of that name. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.#tensors.get(this.#prefix + name)?.shape;
  }

  /**
   * The tensor of that name, which must have that shape. Dimensions of 1 at the end may be stored or left out: older
   * checkpoints hold some linear layers as 1×1 convolutions.
   *
   * @throws HeadroomError `model`, naming the tensor and both shapes
   */
  expect(name: string, shape: readonly number[]): FoundWeight {
    const tensor = this.#tensors.get(this.#prefix + name);
    if (!tensor) throw this.#missing(name, shape);
    const { path, offset, length, arrangement, isChannelsLast = false, scale } = tensor;
    const wanted = isChannelsLast ? channelsLast(shape) : shape;
    const stored = arrangement === 'transposed' ? wanted.toReversed() : wanted;
    if (!isAlike(tensor.shape, stored)) {
      throw new HeadroomError(
        'model',
        `Tensor "${tensor.storedName}" of ${tensor.path} has the shape [${tensor.shape.join(', ')}], but the model's config asks for [${stored.join(', ')}]. The config and the weights do not belong together.`,
      );
    }
    this.#used.add(tensor.name);
    const type = weightType(tensor);
    return { name: tensor.name, type, shape: stored, arrangement, isChannelsLast, scale, path, offset, length };
  }

  /** The names under this view that nothing has asked for: parts of the checkpoint that the network left out. */
  unused(): string[] {
    return [...this.#tensors.keys()].filter((name) => name.startsWith(this.#prefix) && !this.#used.has(name));
  }

  #missing(name: string, shape: readonly number[]): HeadroomError {
    const files = [...new Set([...this.#tensors.values()].map((tensor) => tensor.path))].join(', ');
    return new HeadroomError(
      'model',
      `Tensor "${this.#prefix}${name}" [${shape.join(', ')}] is missing from ${files || 'the weights (no tensor at all)'}. The config and the weights do not belong together, or the file is incomplete.`,
    );
  }
}

/** The shape of filters [out, in, height, width] with their channels last. */
export function channelsLast([out = 1, channels = 1, ...kernel]: readonly number[]): readonly number[] {
  return [out, ...kernel, channels];
}

/** Whether two shapes are the same but for dimensions of 1 at the end. */
function isAlike(one: readonly number[], other: readonly number[]): boolean {
  const rank = Math.max(one.length, other.length);
  for (let axis = 0; axis < rank; axis++) if ((one[axis] ?? 1) !== (other[axis] ?? 1)) return false;
  return true;
}
