import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { Transformer } from '@napi-rs/image';
import { afterAll, describe, expect, it } from 'vitest';
import { imageHeader } from '../contract/image-header.ts';
import { fileFingerprint, pictureSize, readPicture } from './read-picture.ts';

const folder = mkdtempSync(join(tmpdir(), 'headroom-pictures-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const WIDTH = 6;
const HEIGHT = 4;
const rgba = Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, index) => (index % 4 === 3 ? 255 : (index * 7) % 256));
const opaque = () => Transformer.fromRgbaPixels(rgba, WIDTH, HEIGHT);
const rgb = [...rgba].filter((_, index) => index % 4 !== 3);

/** A PNG file of these samples, row by row; PNG specification, third edition, 11.2.1. */
function png(width: number, height: number, depth: number, colourType: number, rows: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, 0], 8);
  const unfiltered = rows.map((row) => Buffer.concat([Buffer.from([0]), row]));
  const chunks = { IHDR: header, IDAT: deflateSync(Buffer.concat(unfiltered)), IEND: Buffer.alloc(0) };
  const parts = Object.entries(chunks).map(([type, data]) => {
    const chunk = Buffer.alloc(12 + data.length);
    chunk.writeUInt32BE(data.length);
    chunk.write(type, 4, 'latin1');
    chunk.set(data, 8);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
    return chunk;
  });
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...parts]);
}

describe('readPicture', () => {
  it.each([
    ['png', () => opaque().pngSync()],
    ['webp', () => opaque().webpLosslessSync()],
  ])('gives every pixel of a %s file', async (type, encode) => {
    const { pixels } = await readPicture(file(`plain.${type}`, encode()));
    expect(pixels).toMatchObject({ width: WIDTH, height: HEIGHT });
    expect([...pixels.rgb]).toEqual(rgb);
  });

  it('reads JPEG, whatever the file is called', async () => {
    const { pixels } = await readPicture(file('photo.png', opaque().jpegSync(95)));
    expect(pixels).toMatchObject({ width: WIDTH, height: HEIGHT });
  });

  it('turns a photograph the right way up', async () => {
    const jpeg = Buffer.from(opaque().jpegSync(100));
    // An Exif segment that says "turn a quarter to the right" (orientation 6), behind the start of the image.
    const exif = Buffer.from('ffe1002245786966000049492a0008000000010012010300010000000600000000000000', 'hex');
    const turned = Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
    const { pixels, mask } = await readPicture(file('turned.jpg', turned));
    expect([pixels.width, pixels.height, mask.width]).toEqual([HEIGHT, WIDTH, HEIGHT]);
  });

  it('takes the upper half of samples of 16 bits, and grey for all colours', async () => {
    const row = Buffer.from([0x12, 0x34, 0xff, 0xff]);
    const { pixels } = await readPicture(file('deep.png', png(2, 1, 16, 0, [row])));
    expect([...pixels.rgb]).toEqual([0x12, 0x12, 0x12, 255, 255, 255]);
  });

  it('makes a mask of what is transparent', async () => {
    const { mask } = await readPicture(file('clear.png', png(3, 1, 8, 4, [Buffer.from([9, 255, 9, 55, 9, 0])])));
    expect([...mask.values]).toEqual([0, 200, 255]);
  });

  it('makes a mask of what is bright where nothing is transparent', async () => {
    const row = Buffer.from([255, 255, 255, 255, 255, 0, 0, 255]);
    const { mask } = await readPicture(file('bright.png', png(2, 1, 8, 6, [row])));
    expect([...mask.values]).toEqual([255, 76]);
  });

  it('reads a picture of a single pixel', async () => {
    const { pixels } = await readPicture(file('one.png', png(1, 1, 8, 2, [Buffer.from([1, 2, 3])])));
    expect(pixels).toEqual({ width: 1, height: 1, rgb: Uint8Array.of(1, 2, 3) });
  });

  it('refuses a picture of 20,000 pixels a side without decoding it', async () => {
    const path = file('huge.png', png(20_000, 20_000, 1, 0, [Buffer.alloc(2500)]));
    await expect(readPicture(path)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(/huge\.png is 20000 × 20000 pixels large.*150 million/),
    });
  });

  it.each([
    ['text', Buffer.from('no picture at all')],
    ['an empty file', Buffer.alloc(0)],
    ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00')],
    ['the first bytes of a PNG', png(4, 4, 8, 2, []).subarray(0, 12)],
  ])('says that %s is no picture', async (_what, bytes) => {
    await expect(readPicture(file('other', bytes))).rejects.toMatchObject({
      code: 'input',
      message: `${join(folder, 'other')} is not a picture that Headroom reads: PNG, JPEG or WebP.`,
    });
  });

  it('says that a truncated picture is damaged', async () => {
    const path = file('half.png', opaque().pngSync().subarray(0, 60));
    await expect(readPicture(path)).rejects.toMatchObject({ code: 'input', message: /half\.png is damaged/ });
  });

  it('says that a missing file is missing, and that a folder is none', async () => {
    await expect(readPicture(join(folder, 'gone.png'))).rejects.toMatchObject({
      code: 'file',
      message: /gone\.png cannot be read: there is no such file/,
    });
    await expect(readPicture(folder)).rejects.toMatchObject({ code: 'file' });
    await expect(fileFingerprint(join(folder, 'gone.png'))).rejects.toMatchObject({ code: 'file' });
  });
});

describe('imageHeader', () => {
  it.each([
    ['image/png', () => opaque().pngSync()],
    ['image/jpeg', () => opaque().jpegSync()],
    ['image/webp', () => opaque().webpSync(80)],
    ['image/webp', () => opaque().webpLosslessSync()],
    [
      'image/webp',
      () =>
        Transformer.fromRgbaPixels(
          rgba.map((value) => value >> 1),
          WIDTH,
          HEIGHT,
        ).webpSync(80),
    ],
  ])('tells type and size of %s from the first bytes', async (type, encode) => {
    const bytes = encode();
    expect(imageHeader(bytes)).toEqual({ type, width: WIDTH, height: HEIGHT });
    expect(await pictureSize(file('size', bytes))).toEqual({ width: WIDTH, height: HEIGHT });
    for (let length = 0; length < 30; length++) expect(() => imageHeader(bytes.subarray(0, length))).not.toThrow();
  });
});
