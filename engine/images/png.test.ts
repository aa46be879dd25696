import { crc32 } from 'node:zlib';
import { Transformer } from '@napi-rs/image';
import { describe, expect, it } from 'vitest';
import { readPngText } from '../contract/png-metadata.ts';
import { encodeJpeg, encodePng } from './picture.ts';
import { withPngText } from './png.ts';

const pixels = { width: 5, height: 3, rgb: Uint8Array.from({ length: 45 }, (_, i) => (i * 37) % 256) };
const png = encodePng(pixels);

describe('encodePng', () => {
  it('keeps every pixel, as RGB, and gives the same bytes for the same pixels', () => {
    const decoded = new Transformer(png);
    expect(decoded.metadataSync()).toMatchObject({ width: 5, height: 3, format: 'png' });
    expect([...decoded.rawPixelsSync()]).toEqual([...pixels.rgb]);
    expect(Buffer.compare(encodePng(pixels), png)).toBe(0);
  });
});

describe('encodeJpeg', () => {
  it('makes a JPEG file of the same size', () => {
    expect(new Transformer(encodeJpeg(pixels)).metadataSync()).toMatchObject({ width: 5, height: 3, format: 'jpeg' });
  });
});

describe('withPngText', () => {
  const texts = new Map([
    ['headroom-workflow', JSON.stringify({ prompt: 'ein roter Apfel, 赤いりんご 🍎\n"zwei"' })],
    ['parameters', 'red apple\nSteps: 20'],
    ['empty', ''],
  ]);

  it('adds texts in any language that are read back, and leaves the picture as it was', () => {
    const file = withPngText(png, texts);
    expect(readPngText(file)).toEqual(texts);
    expect([...new Transformer(file).rawPixelsSync()]).toEqual([...pixels.rgb]);
  });

  it('writes chunks with the checksums that the format wants', () => {
    const file = Buffer.from(withPngText(png, texts));
    const types: string[] = [];
    // The encoder's own chunks pass the same check, so it checks what decoders do.
    for (let at = 8; at < file.length; ) {
      const end = at + 8 + file.readUInt32BE(at);
      expect(file.readUInt32BE(end)).toBe(crc32(file.subarray(at + 4, end)));
      types.push(file.toString('latin1', at + 4, at + 8));
      at = end + 4;
    }
    expect(types).toEqual(['IHDR', 'iTXt', 'iTXt', 'iTXt', 'IDAT', 'IEND']);
  });

  it('works on a view into a larger buffer', () => {
    const larger = Buffer.concat([Buffer.alloc(3), png]);
    expect(readPngText(withPngText(larger.subarray(3), texts))).toEqual(texts);
  });
});
