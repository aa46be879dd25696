/** A size in pixels, or in latents. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** A part of an image, in pixels. */
export interface Region extends Size {
  readonly top: number;
  readonly left: number;
}

export interface Tile {
  /** What this tile is to give; the cores of all tiles are the image. */
  readonly core: Region;
  /**
   * What it reads for that: the core with what is around it, where the image has it. All windows have one size, so that all
   * runs have one shape.
   */
  readonly window: Region;
}

/** What a convolution over three pixels reads beyond its result. */
const HALO = 1;

/**
 * Cuts an image into tiles of about the same size, row after row.
 *
 * @param latents the size of the image in latents
 * @param tileSize the longest side of a core in latents
 * @param scale pixels for each latent, along one side
 * @param halo pixels that are read around a core
 */
export function tilesOf(latents: Size, tileSize: number, scale: number, halo = HALO): Tile[] {
  const rows = spans(latents.height, tileSize, scale, halo);
  const columns = spans(latents.width, tileSize, scale, halo);
  return rows.flatMap((row) =>
    columns.map((column) => ({ core: region(row.core, column.core), window: region(row.window, column.window) })),
  );
}

export function tileCount({ height, width }: Size, tileSize: number): number {
  return Math.ceil(height / tileSize) * Math.ceil(width / tileSize);
}

interface Span {
  readonly start: number;
  readonly length: number;
}

function spans(latents: number, tileSize: number, scale: number, halo: number): { core: Span; window: Span }[] {
  const count = Math.ceil(latents / tileSize);
  const edge = (index: number) => Math.round((index * latents) / count) * scale;
  const length = Math.min(latents * scale, Math.ceil(latents / count) * scale + 2 * halo);
  return Array.from({ length: count }, (_, index) => {
    const start = edge(index);
    const windowStart = Math.min(Math.max(start - halo, 0), latents * scale - length);
    return { core: { start, length: edge(index + 1) - start }, window: { start: windowStart, length } };
  });
}

function region(rows: Span, columns: Span): Region {
  return { top: rows.start, left: columns.start, height: rows.length, width: columns.length };
}
