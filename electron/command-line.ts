import path from 'node:path';

/**
 * The workflow, or picture with one, that the app was started with: the first argument that names such a file.
 *
 * @param folder where relative names start
 */
export function documentArgument(parameters: readonly string[], folder: string): string | null {
  const named = parameters.find((parameter) => !parameter.startsWith('-') && /\.(json|png)$/i.test(parameter));
  return named === undefined ? null : path.resolve(folder, named);
}
