import { readFileSync } from 'node:fs';
import { HeadroomError } from '../../contract/errors.ts';

/**
 * The text of one of a model's files.
 *
 * @throws HeadroomError `model`, naming the file, if it is missing; `file` if it cannot be read
 */
export function readModelText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) {
      throw new HeadroomError('model', `${path} is missing: the model is incomplete. Download it again, all of it.`);
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeadroomError('file', `${path} cannot be read: ${reason}`, { cause });
  }
}

/**
 * A JSON file of a model.
 *
 * @throws HeadroomError `model` or `file`, naming the file, if it is missing or malformed
 */
export function readModelJson(path: string): unknown {
  const text = readModelText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeadroomError('model', `${path} is not valid JSON: ${reason}`, { cause });
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}
