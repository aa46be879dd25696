import { open } from 'node:fs/promises';
import path from 'node:path';
import { HeadroomError } from '../engine/contract/errors.ts';
import { HEADER_BYTES, imageHeader, MOST_PIXELS } from '../engine/contract/image-header.ts';
import { fileProblem } from './file-problem.ts';
import type { ShownFile } from './ipc/contract.ts';
import type { KnownPictures } from './known-pictures.ts';
import type { PictureRegistry } from './pictures.ts';

/** Asks the person for a file; null where they close the dialog. */
export interface ImageDialogs {
  chooseImage(): Promise<string | null>;
}

/** Picture files that a document names, for the window to show. */
export class ImageFiles {
  private readonly pictures: PictureRegistry;
  private readonly known: Pick<KnownPictures, 'note'>;
  /** Addresses by path and time of the last change. */
  private readonly urls = new Map<string, string>();

  constructor(pictures: PictureRegistry, known: Pick<KnownPictures, 'note'>) {
    this.pictures = pictures;
    this.known = known;
  }

  /** @throws HeadroomError `file`, or `input` for what is no picture or too large to be read */
  async show(filePath: string): Promise<ShownFile> {
    const name = path.basename(filePath);
    const { bytes, changed } = await beginning(filePath).catch((cause) => {
      throw new HeadroomError('file', `${name} cannot be opened: ${fileProblem(cause)}.`, { cause });
    });
    const header = imageHeader(bytes);
    if (!header) throw new HeadroomError('input', `${name} is not a PNG, JPEG or WebP picture.`);
    const { width, height } = header;
    if (width * height > MOST_PIXELS) {
      throw new HeadroomError('input', `${name} is too large: ${width} × ${height} pixels.`);
    }
    this.known.note(filePath);
    const key = `${filePath}\0${changed}`;
    const url = this.urls.get(key) ?? this.pictures.register(filePath);
    this.urls.set(key, url);
    return { url, width, height };
  }
}

async function beginning(filePath: string): Promise<{ bytes: Uint8Array; changed: number }> {
  const file = await open(filePath);
  try {
    const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(HEADER_BYTES) });
    return { bytes: buffer.subarray(0, bytesRead), changed: (await file.stat()).mtimeMs };
  } finally {
    await file.close();
  }
}
