/** The largest picture that is read: more than cameras take in one shot. Decoding it takes a gigabyte for a moment. */
export const MOST_PIXELS = 150_000_000;
/** Where the size stands at the latest: cameras put previews and colour profiles before it. */
export const HEADER_BYTES = 1024 ** 2;

/** What the first bytes of a picture file say of it. */
export interface ImageHeader {
  readonly type: 'image/png' | 'image/jpeg' | 'image/webp';
  /** In pixels, before any rotation that the file asks for. */
  readonly width: number;
  readonly height: number;
}

/** By content: a file's name says nothing. Null for bytes that are no PNG, JPEG or WebP, or end before they say their size. */
export function imageHeader(bytes: Uint8Array): ImageHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return png(view) ?? webp(view) ?? jpeg(view);
  } catch (thrown) {
    if (thrown instanceof RangeError) return null;
    throw thrown;
  }
}

/** PNG specification, third edition, sections 5.2 and 11.2.1. */
function png(view: DataView): ImageHeader | null {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return null;
  return { type: 'image/png', width: view.getUint32(16), height: view.getUint32(20) };
}

/** RFC 9649: a RIFF file whose first chunk is lossy (`VP8 `), lossless (`VP8L`) or extended (`VP8X`). */
function webp(view: DataView): ImageHeader | null {
  if (fourCharacters(view, 0) !== 'RIFF' || fourCharacters(view, 8) !== 'WEBP') return null;
  const size = (width: number, height: number): ImageHeader => ({ type: 'image/webp', width, height });
  switch (fourCharacters(view, 12)) {
    case 'VP8 ':
      return size(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return size((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
    }
    case 'VP8X':
      return size((view.getUint32(24, true) & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1);
    default:
      return null;
  }
}

/** ITU-T T.81, annex B: segments up to the first frame header, which holds the size. */
function jpeg(view: DataView): ImageHeader | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let offset = 2; ; ) {
    if (view.getUint8(offset) !== 0xff) return null;
    const marker = view.getUint8(offset + 1);
    // Fill bytes, and markers that stand alone.
    if (marker === 0xff) offset += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) offset += 2;
    else if (isFrameHeader(marker)) {
      return { type: 'image/jpeg', width: view.getUint16(offset + 7), height: view.getUint16(offset + 5) };
    } else offset += 2 + view.getUint16(offset + 2);
  }
}

/** SOF0 to SOF15, of which three numbers mean something else (DHT, JPG, DAC). */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function fourCharacters(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(offset + index)));
}
