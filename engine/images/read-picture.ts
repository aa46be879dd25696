import { open, readFile, stat } from 'node:fs/promises';
import { JsColorType, Transformer } from '@napi-rs/image';
import { HeadroomError } from '../contract/errors.ts';
import { HEADER_BYTES, imageHeader, MOST_PIXELS } from '../contract/image-header.ts';
import type { Mask } from './mask.ts';
import type { Pixels } from './picture.ts';
import type { Size } from './resize.ts';

const MOST_BYTES = 1024 ** 3;

/** A picture file's pixels, and which parts of it stand out: the transparent ones, or without any the bright ones. */
export interface ReadPicture {
  readonly pixels: Pixels;
  readonly mask: Mask;
}

/** What changes with a file, as one text. @throws HeadroomError `file` */
export async function fileFingerprint(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  return `${path}\0${size}\0${mtimeMs}`;
}

/**
 * Reads a PNG, JPEG or WebP file, the right way up where it says which that is.
 *
 * @throws HeadroomError `file` for one that cannot be read, `input` for one that is no such picture, is damaged or too large
 */
export async function readPicture(path: string): Promise<ReadPicture> {
  const bytes = await readBytes(path);
  const header = imageHeader(bytes);
  if (!header) throw new HeadroomError('input', `${path} is not a picture that Headroom reads: PNG, JPEG or WebP.`);
  const { width, height } = header;
  if (width * height > MOST_PIXELS) {
    const most = MOST_PIXELS / 1e6;
    throw new HeadroomError(
      'input',
      `${path} is ${width} × ${height} pixels large; Headroom reads pictures of up to ${most} million pixels. Make it smaller in another program.`,
    );
  }
  try {
    return decoded(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeadroomError('input', `${path} is damaged: ${reason}`, { cause });
  }
}

/** A picture file's size before any rotation, from its first bytes; null for what is no picture. @throws HeadroomError `file` */
export async function pictureSize(path: string): Promise<Size | null> {
  const bytes = new Uint8Array(HEADER_BYTES);
  try {
    const file = await open(path);
    try {
      const { bytesRead } = await file.read(bytes);
      const header = imageHeader(bytes.subarray(0, bytesRead));
      return header && { width: header.width, height: header.height };
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size <= MOST_BYTES) return await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw new HeadroomError('input', `${path} is far too large for a picture.`);
}

function unreadable(path: string, cause: unknown): HeadroomError {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const reason = isMissing ? 'there is no such file' : cause instanceof Error ? cause.message : String(cause);
  return new HeadroomError('file', `The picture ${path} cannot be read: ${reason}. Choose it again.`, { cause });
}

/** How a decoded file holds its pixels: samples of one or two bytes, the last of them alpha where there is transparency. */
const LAYOUTS: Partial<Record<JsColorType, { channels: number; wide: boolean }>> = {
  [JsColorType.L8]: { channels: 1, wide: false },
  [JsColorType.La8]: { channels: 2, wide: false },
  [JsColorType.Rgb8]: { channels: 3, wide: false },
  [JsColorType.Rgba8]: { channels: 4, wide: false },
  [JsColorType.L16]: { channels: 1, wide: true },
  [JsColorType.La16]: { channels: 2, wide: true },
  [JsColorType.Rgb16]: { channels: 3, wide: true },
  [JsColorType.Rgba16]: { channels: 4, wide: true },
};

function decoded(bytes: Uint8Array): ReadPicture {
  const transformer = new Transformer(bytes).rotate();
  const raw = transformer.rawPixelsSync();
  const { width, height, colorType } = transformer.metadataSync();
  const layout = LAYOUTS[colorType];
  if (!layout) throw new Error('its pixels are of a kind that Headroom does not read');
  const { channels, wide } = layout;
  // Of the two bytes of a wide sample, in this machine's order, the upper one.
  const samples = wide ? new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2).map((value) => value >> 8) : raw;
  const rgb = new Uint8Array(width * height * 3);
  const values = new Uint8Array(width * height);
  const hasAlpha = channels % 2 === 0;
  const isGrey = channels < 3;
  let isOpaque = true;
  for (let pixel = 0; pixel < values.length; pixel++) {
    const at = pixel * channels;
    for (let colour = 0; colour < 3; colour++) rgb[pixel * 3 + colour] = samples[at + (isGrey ? 0 : colour)] as number;
    if (!hasAlpha) continue;
    const alpha = samples[at + channels - 1] as number;
    values[pixel] = 255 - alpha;
    if (alpha !== 255) isOpaque = false;
  }
  const pixels = { width, height, rgb };
  return { pixels, mask: isOpaque ? brightness(pixels) : { width, height, values } };
}

/** Luma of ITU-R BT.601, as image programs make a picture grey. */
function brightness({ width, height, rgb }: Pixels): Mask {
  const values = new Uint8Array(width * height);
  for (let pixel = 0; pixel < values.length; pixel++) {
    const [red, green, blue] = [rgb[pixel * 3], rgb[pixel * 3 + 1], rgb[pixel * 3 + 2]] as [number, number, number];
    values[pixel] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  return { width, height, values };
}
