import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { HeadroomError } from '../../contract/errors.ts';

const WINDOW_BYTES = 1 << 16;
const LENGTH_DELIMITED = 2;
/** How many bytes follow a tag of the other wire types; a number of type 0 is as long as it says. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** A field of a message that is text, bytes or a message itself, by the place of its content in the file. */
export interface Field {
  readonly number: number;
  /** Where its tag begins. */
  readonly tag: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * A file of protobuf messages, walked field by field: what is not asked for is never read. A network of two gigabytes is
 * one such message.
 *
 * Wire format: https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufFile {
  readonly size: number;
  readonly #path: string;
  readonly #file: number;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  private constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
    this.size = fstatSync(file).size;
  }

  /** What `read` makes of the file. @throws HeadroomError `file` if it cannot be read */
  static with<T>(path: string, read: (file: ProtobufFile) => T): T {
    let file: number | undefined;
    try {
      file = openSync(path, 'r');
      return read(new ProtobufFile(path, file));
    } catch (cause) {
      if (cause instanceof HeadroomError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new HeadroomError('file', `${path} cannot be read: ${reason}`, { cause });
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /** The fields of the message between two places; those that hold single numbers are passed over. @throws HeadroomError `file` */
  *fields(start: number, end: number): Generator<Field> {
    let position = start;
    while (position < end) {
      const tag = position;
      const [key, afterKey] = this.#varint(position);
      const [number, wireType] = [Math.floor(key / 8), key % 8];
      if (number === 0) throw this.malformed();
      if (wireType === LENGTH_DELIMITED) {
        const [length, offset] = this.#varint(afterKey);
        position = offset + length;
        if (position > end) throw this.malformed();
        yield { number, tag, offset, length };
      } else if (wireType === 0) {
        position = this.#varint(afterKey)[1];
      } else {
        const bytes = FIXED_BYTES[wireType];
        if (bytes === undefined) throw this.malformed();
        position = afterKey + bytes;
      }
    }
    if (position !== end) throw this.malformed();
  }

  /** @throws HeadroomError `file` */
  bytes(offset: number, length: number): Buffer {
    if (offset + length > this.size) throw this.malformed();
    const bytes = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const count = readSync(this.#file, bytes, done, length - done, offset + done);
      if (count === 0) throw this.malformed();
      done += count;
    }
    return bytes;
  }

  malformed(): HeadroomError {
    return new HeadroomError(
      'file',
      `${this.#path} is not a usable ONNX file: it is damaged, truncated or something else. Download it again.`,
    );
  }

  /** A number of up to 53 bits and where it ends. */
  #varint(offset: number): [number, number] {
    let value = 0;
    let unit = 1;
    for (let position = offset; position < offset + 10; position++) {
      const byte = this.#byte(position);
      value += (byte & 0x7f) * unit;
      unit *= 0x80;
      if (byte < 0x80) return [value, position + 1];
    }
    throw this.malformed();
  }

  #byte(position: number): number {
    const within = position - this.#windowStart;
    const known = within >= 0 ? this.#window[within] : undefined;
    if (known !== undefined) return known;
    this.#window = this.bytes(position, Math.min(WINDOW_BYTES, Math.max(1, this.size - position)));
    this.#windowStart = position;
    return this.#window[0] as number;
  }
}
