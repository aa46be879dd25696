import { HeadroomError } from '../../contract/errors.ts';
import { otherFile } from './other-files.ts';

const MOST_GROUPS = 8;

/** The error for a file whose tensors are not those of a known model: what it was taken for, or what was seen. */
export function unknownLayout(path: string, names: readonly string[]): HeadroomError {
  const other = otherFile(names);
  const meaning = other ? `looks like ${other.words}` : 'is of no layout that Headroom knows';
  return new HeadroomError(
    'model',
    `${path} ${meaning}. It holds ${names.length} tensors: ${namesInGroups(names)}. Headroom reads Stable Diffusion 1, 2 and XL and FLUX.1, in the original layouts or that of diffusers.`,
  );
}

/** How many names there are of each kind, the most frequent first. */
export function namesInGroups(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const [first = '', second] = name.split('.');
    const group = second === undefined ? first : `${first}.${second}.…`;
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const groups = [...counts].sort(([, a], [, b]) => b - a);
  const listed = groups.slice(0, MOST_GROUPS).map(([group, count]) => (count > 1 ? `${group} (${count})` : group));
  return listed.join(', ') + (groups.length > MOST_GROUPS ? `, and ${groups.length - MOST_GROUPS} more kinds` : '');
}
