import nodePath from 'node:path';
import { HeadroomError } from '../contract/errors.ts';

/**
 * Where a graph's weights lie, in the form onnxruntime asks for: one base folder for the whole graph and, per tensor, a
 * path below it. The base is the root of the file system (on Windows of one drive), so that a graph may point at any
 * file; it goes into the session option `session.model_external_initializers_file_folder_path`.
 */
export interface ExternalLocation {
  readonly root: string;
  readonly location: string;
}

export function externalLocation(path: string, platform: nodePath.PlatformPath = nodePath): ExternalLocation {
  const absolute = platform.resolve(path);
  const { root } = platform.parse(absolute);
  return { root, location: absolute.slice(root.length).replaceAll(platform.sep, '/') };
}

/** The one root that all of a graph's files share. @throws HeadroomError `file` if they lie on several drives */
export function commonRoot(roots: ReadonlySet<string>): string | undefined {
  if (roots.size > 1) {
    throw new HeadroomError(
      'file',
      `The weights of one network must lie on one drive, not on ${[...roots].join(' and ')}. Move them together.`,
    );
  }
  const [root] = roots;
  return root;
}
