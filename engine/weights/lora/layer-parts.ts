import { HeadroomError } from '../../contract/errors.ts';
import type { StoredTensor } from '../stored-tensor.ts';
import { readValues } from '../tensor-values.ts';

/** What some parts are called in errors; others by their own name. */
const WORDS: Readonly<Record<string, string>> = {
  down: 'the first (down, A) of its two factors',
  up: 'the second (up, B) of its two factors',
};

/** The tensors that a file has for one layer, by what they are to its update. */
export class LayerParts {
  readonly layer: string;
  readonly path: string;
  readonly #parts = new Map<string, StoredTensor>();
  readonly #metadataAlpha: number | undefined;

  /** @param metadataAlpha what the file's metadata say of the layer */
  constructor(layer: string, path: string, metadataAlpha: number | undefined) {
    this.layer = layer;
    this.path = path;
    this.#metadataAlpha = metadataAlpha;
  }

  add(part: string, tensor: StoredTensor): void {
    this.#parts.set(part, tensor);
  }

  get(part: string): StoredTensor | undefined {
    return this.#parts.get(part);
  }

  /** Whether there is any part of these names. */
  hasAny(names: RegExp): boolean {
    return [...this.#parts.keys()].some((part) => names.test(part));
  }

  /** @throws HeadroomError `model` if there is none */
  expect(part: string): StoredTensor {
    const tensor = this.#parts.get(part);
    if (tensor) return tensor;
    throw new HeadroomError(
      'model',
      `${this.path} is incomplete: ${this.layer} lacks ${WORDS[part] ?? part}. Download the LoRA again.`,
    );
  }

  malformed(reason: string): HeadroomError {
    return new HeadroomError(
      'model',
      `${this.path} is malformed: of ${this.layer} ${reason}. Download the LoRA again.`,
    );
  }

  /** `alpha / rank`, with the rank itself where nothing says an alpha. @throws HeadroomError `file` or `model` */
  scale(rank: number): number {
    const alpha = this.#parts.get('alpha');
    return ((alpha && readValues(alpha)[0]) ?? this.#metadataAlpha ?? rank) / rank;
  }
}
