import { HeadroomError } from '../contract/errors.ts';
import { readSafetensors, type SafetensorsDtype, type SafetensorsEntry } from './safetensors.ts';

/** The element types that a network's weights may be stored in, by the names the rest of the engine uses. */
export type WeightType = 'float32' | 'float16' | 'bfloat16';

/** One tensor of a network: its bytes stay in the file, `offset` counts from the start of the file. */
export interface Weight {
  readonly name: string;
  readonly type: WeightType;
  readonly shape: readonly number[];
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

interface Located extends SafetensorsEntry {
  readonly path: string;
}

const WEIGHT_TYPES: Partial<Record<SafetensorsDtype, WeightType>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
};

/**
 * The tensors of a network by name, looked up under a prefix, over one or several safetensors files.
 *
 * Networks ask for each tensor with the shape that their config implies, so a checkpoint that does not belong to its
 * config is refused by the first tensor that differs, by name.
 */
export class WeightView {
  readonly #tensors: ReadonlyMap<string, Located>;
  readonly #used: Set<string>;
  readonly #prefix: string;

  private constructor(tensors: ReadonlyMap<string, Located>, used: Set<string>, prefix: string) {
    this.#tensors = tensors;
    this.#used = used;
    this.#prefix = prefix;
  }

  /** Reads the headers of a network's files. @throws HeadroomError `file`, or `model` if two files hold one name */
  static open(paths: string | readonly string[]): WeightView {
    const tensors = new Map<string, Located>();
    for (const path of typeof paths === 'string' ? [paths] : paths) {
      for (const entry of readSafetensors(path).entries.values()) {
        const other = tensors.get(entry.name);
        if (other) {
          throw new HeadroomError('model', `Tensor "${entry.name}" is in both ${other.path} and ${path}.`);
        }
        tensors.set(entry.name, { ...entry, path });
      }
    }
    return new WeightView(tensors, new Set(), '');
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
  expect(name: string, shape: readonly number[]): Weight {
    const tensor = this.#tensors.get(this.#prefix + name);
    if (!tensor) throw this.#missing(name, shape);
    if (withoutTrailingOnes(tensor.shape) !== withoutTrailingOnes(shape)) {
      throw new HeadroomError(
        'model',
        `Tensor "${tensor.name}" of ${tensor.path} has the shape [${tensor.shape.join(', ')}], but the model's config asks for [${shape.join(', ')}]. The config and the weights do not belong together.`,
      );
    }
    const type = WEIGHT_TYPES[tensor.dtype];
    if (!type) {
      throw new HeadroomError(
        'model',
        `Tensor "${tensor.name}" of ${tensor.path} is stored as ${tensor.dtype}; Headroom reads weights in F32, F16 and BF16.`,
      );
    }
    this.#used.add(tensor.name);
    return { name: tensor.name, type, shape, path: tensor.path, offset: tensor.offset, length: tensor.length };
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

function withoutTrailingOnes(shape: readonly number[]): string {
  let length = shape.length;
  while (length > 0 && shape[length - 1] === 1) length--;
  return shape.slice(0, length).join('×');
}
