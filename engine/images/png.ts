import { crc32 } from 'node:zlib';

const SIGNATURE_BYTES = 8;
const CHUNK_FRAME_BYTES = 12;
/** No compression, no language, no translated keyword: flag, method and two empty texts. */
const PLAIN = [0, 0, 0, 0] as const;

/**
 * A PNG file with texts in it, each as an uncompressed `iTXt` chunk (UTF-8) behind the header. Read them back with
 * `readPngText` of engine/contract/png-metadata.ts. Chunk layout: PNG specification, third edition, 5.3 and 11.3.3.4.
 *
 * @param png a file that `encodePng` made
 * @param texts by keyword: 1 to 79 printable Latin-1 characters
 */
export function withPngText(png: Uint8Array, texts: ReadonlyMap<string, string>): Uint8Array {
  const afterHeader = SIGNATURE_BYTES + CHUNK_FRAME_BYTES + new DataView(png.buffer, png.byteOffset).getUint32(8);
  const chunks = [...texts].map(([keyword, text]) =>
    chunk('iTXt', Buffer.concat([Buffer.from(keyword, 'latin1'), Buffer.from([0, ...PLAIN]), Buffer.from(text)])),
  );
  return Buffer.concat([png.subarray(0, afterHeader), ...chunks, png.subarray(afterHeader)]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(CHUNK_FRAME_BYTES + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
