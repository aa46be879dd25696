import { statSync } from 'node:fs';
import { HeadroomError } from '../../contract/errors.ts';
import { diffusersFolder } from './diffusers-folder.ts';
import { singleFile } from './single-file.ts';
import type { ModelSource } from './source.ts';

/** What files of other formats are, by the ends of their names, and what to do. */
const OTHER_FORMATS: readonly (readonly [RegExp, string])[] = [
  [
    /\.(ckpt|pt|pth|bin)$/i,
    'is a pickle, which can run code when it is opened, so Headroom does not. Download the same model as a .safetensors file.',
  ],
  [
    /\.gguf$/i,
    'is a GGUF file, which Headroom does not read yet. Take the same model as a .safetensors file in fp8 or fp16.',
  ],
];

/**
 * A model, or a part of one, on disk.
 *
 * @param path a diffusers folder or a weight file
 * @param tokenizers the folder of the tokenizers that ship with Headroom, for files that bring none
 * @throws HeadroomError `model` or `file`, saying why it cannot be used and what to do
 */
export function openSource(path: string, tokenizers: string): ModelSource {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return diffusersFolder(path);
  const other = OTHER_FORMATS.find(([pattern]) => pattern.test(path));
  if (other) throw new HeadroomError('model', `${path} ${other[1]}`);
  return singleFile(path, tokenizers);
}
