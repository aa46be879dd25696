import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { z } from 'zod';
import { HeadroomError } from '../contract/errors.ts';
import { duplicateKeys } from './json-keys.ts';

/** Bits per element of every dtype the safetensors format defines. */
const BITS = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  U16: 16,
  I16: 16,
  F16: 16,
  BF16: 16,
  U32: 32,
  I32: 32,
  F32: 32,
  U64: 64,
  I64: 64,
  F64: 64,
  C64: 64,
} as const;
export type SafetensorsDtype = keyof typeof BITS;

/** One tensor of a file: what it is and where its bytes lie, counted from the start of the file. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

export interface SafetensorsFile {
  readonly path: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
}

/** The reference implementation's own limit; a header of a real checkpoint stays below 1 MB. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
/** A hostile file may have names of megabytes; an error that quotes one stays readable. */
const MAX_REASON = 400;

const zEntry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const zMetadata = z.record(z.string(), z.string());

/** As many files as a model has: a run asks for each again and again. */
const MOST_KNOWN = 8;
/** Headers that were read lately, by path, with what the file was then. */
const known = new Map<string, { stamp: string; file: SafetensorsFile }>();

/**
 * Reads and checks the header of a safetensors file; the tensors' bytes are never read. A file that has not changed since it
 * was read lately is not read again.
 *
 * Format: https://github.com/huggingface/safetensors#format. As the format demands, the tensors must fill the file
 * without overlaps or gaps.
 *
 * @throws HeadroomError `file`, naming the path and what is wrong with it
 */
export function readSafetensors(path: string): SafetensorsFile {
  const stamp = stampOf(path);
  const latest = known.get(path);
  known.delete(path);
  const file = stamp !== null && latest?.stamp === stamp ? latest.file : readHeader(path);
  if (stamp !== null) known.set(path, { stamp, file });
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return file;
}

/** What tells whether a file has changed; null for one that cannot be looked at, which reading it will tell of. */
function stampOf(path: string): string | null {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return null;
  }
}

function readHeader(path: string): SafetensorsFile {
  const { text, dataStart, fileBytes } = readHeaderText(path);
  const header = parseHeader(path, text);
  const metadata = new Map<string, string>();
  const entries = new Map<string, SafetensorsEntry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      const parsed = zMetadata.safeParse(value);
      if (!parsed.success) throw malformed(path, 'its metadata is not a table of texts');
      for (const [key, entry] of Object.entries(parsed.data)) metadata.set(key, entry);
    } else {
      entries.set(name, parseEntry(path, name, value, dataStart));
    }
  }
  checkCoverage(path, entries, dataStart, fileBytes);
  return { path, metadata, entries };
}

function readHeaderText(path: string): { text: string; dataStart: number; fileBytes: number } {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw malformed(path, 'it is not a regular file');
    if (stat.size < LENGTH_BYTES) throw malformed(path, `it has only ${stat.size} bytes`);
    const headerBytes = readExactly(path, file, LENGTH_BYTES, 0).readBigUInt64LE();
    if (headerBytes > BigInt(stat.size - LENGTH_BYTES)) {
      throw malformed(
        path,
        `it states a header of ${headerBytes} bytes but has ${stat.size}: truncated, or no safetensors file`,
      );
    }
    if (headerBytes > BigInt(MAX_HEADER_BYTES)) {
      throw malformed(path, `its header of ${headerBytes} bytes is over the limit of ${MAX_HEADER_BYTES}`);
    }
    const length = Number(headerBytes);
    const bytes = readExactly(path, file, length, LENGTH_BYTES);
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      return { text, dataStart: LENGTH_BYTES + length, fileBytes: stat.size };
    } catch {
      throw malformed(path, 'its header is not UTF-8 text');
    }
  } catch (cause) {
    throw cause instanceof HeadroomError ? cause : unreadable(path, cause);
  } finally {
    closeSync(file);
  }
}

function readExactly(path: string, file: number, length: number, position: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, position + done);
    if (count === 0) throw malformed(path, 'it ends inside its header');
    done += count;
  }
  return bytes;
}

function parseHeader(path: string, text: string): Record<string, unknown> {
  if (!text.startsWith('{')) throw malformed(path, 'its header does not begin with "{"');
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw malformed(path, `its header is not valid JSON (${cause instanceof Error ? cause.message : cause})`);
  }
  const [duplicate] = duplicateKeys(text);
  if (duplicate !== undefined) throw malformed(path, `its header names "${duplicate}" twice`);
  return header as Record<string, unknown>;
}

function parseEntry(path: string, name: string, value: unknown, dataStart: number): SafetensorsEntry {
  const { dtype, shape, data_offsets } = isEntry(value) ? value : checkedEntry(path, name, value);
  if (!Object.hasOwn(BITS, dtype)) throw malformed(path, `tensor "${name}" has the unknown dtype "${dtype}"`);
  const [begin, end] = data_offsets;
  const bits = shape.reduce((product, dim) => product * dim, BITS[dtype as SafetensorsDtype]);
  if (bits !== (end - begin) * 8) {
    throw malformed(
      path,
      `tensor "${name}" (${dtype} [${shape.join(', ')}]) needs ${bits / 8} bytes, its offsets ${begin} to ${end} hold ${end - begin}`,
    );
  }
  return { name, dtype: dtype as SafetensorsDtype, shape, offset: dataStart + begin, length: end - begin };
}

type Entry = z.infer<typeof zEntry>;

/** Whether a value is an entry, told fast: there are thousands in a file, and hundreds of files in a folder. */
function isEntry(value: unknown): value is Entry {
  const { dtype, shape, data_offsets } = (value ?? {}) as Partial<Record<keyof Entry, unknown>>;
  return typeof dtype === 'string' && isSizes(shape) && isSizes(data_offsets) && data_offsets.length === 2;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The same in full, for what is wrong with it. @throws HeadroomError `file` */
function checkedEntry(path: string, name: string, value: unknown): Entry {
  const parsed = zEntry.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw malformed(path, `tensor "${name}": ${issue?.path.join('.')}: ${issue?.message}`);
}

/** Tensors must lie end to end from the header's end to the file's end. */
function checkCoverage(
  path: string,
  entries: ReadonlyMap<string, SafetensorsEntry>,
  dataStart: number,
  fileBytes: number,
) {
  const inOrder = [...entries.values()].sort((a, b) => a.offset - b.offset || a.length - b.length);
  let position = dataStart;
  for (const entry of inOrder) {
    if (entry.offset < position) throw malformed(path, `tensor "${entry.name}" overlaps the one before it`);
    if (entry.offset > position) {
      throw malformed(path, `${entry.offset - position} bytes before tensor "${entry.name}" belong to no tensor`);
    }
    position += entry.length;
  }
  if (position > fileBytes) {
    throw malformed(path, `it is truncated: its tensors need ${position} bytes, it has ${fileBytes}`);
  }
  if (position < fileBytes) throw malformed(path, `its last ${fileBytes - position} bytes belong to no tensor`);
}

function malformed(path: string, reason: string): HeadroomError {
  const short = reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}…` : reason;
  return new HeadroomError('file', `${path} is not a usable safetensors file: ${short}.`);
}

function unreadable(path: string, cause: unknown): HeadroomError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HeadroomError('file', `${path} cannot be read: ${reason}`, { cause });
}
