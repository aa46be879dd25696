import { HeadroomError } from '../contract/errors.ts';
import { namesInGroups } from './layouts/unknown-layout.ts';
import { type StoredTensor, storedTensors } from './stored-tensor.ts';
import { readValues } from './tensor-values.ts';

/** SDXL's two text encoders by the folders that diffusers keeps them in; other files have one tensor for the only one. */
const ENCODER_KEYS: Readonly<Record<string, string>> = { text_encoder: 'clip_l', text_encoder_2: 'clip_g' };

/** Vectors that stand for something in a prompt, one token each. */
export interface EmbeddingVectors {
  readonly count: number;
  /** [count, width] */
  readonly values: Float32Array;
}

/**
 * Reads the vectors that a textual inversion (https://arxiv.org/abs/2208.01618) has for a text encoder: the only tensor of
 * its file (diffusers), `emb_params` (stable-diffusion-webui), or for SDXL `clip_l` and `clip_g`.
 *
 * @param folder of the text encoder in diffusers' layout
 * @param width how many numbers one of its tokens has
 * @throws HeadroomError `file` or `model`: it cannot be read, is something else or made for another text encoder
 */
export function readEmbedding(path: string, folder: string, width: number): EmbeddingVectors {
  if (!path.endsWith('.safetensors')) {
    throw new HeadroomError(
      'model',
      `${path} is a pickle file, which can run code when it is opened, so Headroom does not. Take the textual inversion as a safetensors file.`,
    );
  }
  const tensor = tensorFor(path, folder);
  const [last = 0, ...others] = tensor.shape.toReversed();
  if (last !== width || others.length > 1) {
    throw new HeadroomError(
      'model',
      `${path} was made for another model: "${tensor.name}" is [${tensor.shape.join(', ')}], and the ${folder} of this one takes vectors of ${width} numbers.`,
    );
  }
  const values = readValues(tensor);
  return { count: values.length / width, values };
}

function tensorFor(path: string, folder: string): StoredTensor {
  const tensors = storedTensors(path);
  const find = (name: string | undefined) => tensors.find((tensor) => tensor.name === name);
  const own = find(ENCODER_KEYS[folder]);
  if (own) return own;
  const single = find('emb_params') ?? (tensors.length === 1 ? tensors[0] : undefined);
  if (single && !Object.values(ENCODER_KEYS).includes(single.name)) return single;
  const names = tensors.map(({ name }) => name);
  throw new HeadroomError(
    'model',
    `${path} has no textual inversion for the ${folder}: it holds ${names.length} tensors: ${namesInGroups(names)}.`,
  );
}
