import { randomUUID } from 'node:crypto';

/** The scheme under which the window loads pictures. */
export const PICTURE_SCHEME = 'headroom-image';

/**
 * The picture files that the window may load, each under an address that cannot be guessed. Only what a run made and
 * picture files that a document names are registered: the window has no other way to a file.
 */
export class PictureRegistry {
  private readonly pathsById = new Map<string, string>();

  /** Gives a file an address, good until it is released or Headroom ends. */
  register(path: string): string {
    const id = randomUUID();
    this.pathsById.set(id, path);
    return `${PICTURE_SCHEME}://picture/${id}`;
  }

  release(url: string): void {
    this.pathsById.delete(idOf(url));
  }

  /** The file behind an address, or null for one that was never given out. */
  resolve(url: string): string | null {
    return this.pathsById.get(idOf(url)) ?? null;
  }
}

function idOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname.slice(1) : '';
}
