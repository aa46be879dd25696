import type { Graph } from '../graph.ts';
import { byteLength, type NumberedNode, type Values } from './numbered-graph.ts';
import type { KnownValue } from './operator-shapes.ts';

/** Operators whose output is their input's bytes under another shape. */
const VIEWS = new Set(['Flatten', 'Identity', 'Reshape', 'Unsqueeze']);

/** Operators that the runtime lets write over an input of the same size that nobody needs any more, if it knows their shapes. */
const IN_PLACE = new Set(['Add', 'Cast', 'Clip', 'Mul', 'QuickGelu']);

/** The buffers that are alive while nodes run one after the other. A value is an alias of the buffer that holds it. */
export class LiveBytes {
  readonly #values: Values;
  readonly #inPlace: ReadonlySet<string>;
  /** Of each value the last node that reads it, or -1. */
  readonly #lastUse: Int32Array;
  /** Of each value that is alive its buffer, which has the number of the value that it was made for; else 0. */
  readonly #bufferOf: Int32Array;
  /** Of each buffer how many values lie in it, and its bytes. */
  readonly #users: Int32Array;
  readonly #sizes: Float64Array;
  #bytes = 0;

  constructor(values: Values, { isFused }: Pick<Graph, 'isFused'>) {
    this.#values = values;
    this.#inPlace = isFused ? new Set() : IN_PLACE;
    this.#lastUse = new Int32Array(values.length);
    this.#bufferOf = new Int32Array(values.length);
    this.#users = new Int32Array(values.length);
    this.#sizes = new Float64Array(values.length);
  }

  /**
   * The most that is alive at once while `nodes` run, and while which.
   *
   * @param kept values that are needed afterwards
   */
  peak(nodes: readonly NumberedNode[], kept: readonly number[]): { bytes: number; node: string } {
    this.#bytes = 0;
    this.#bufferOf.fill(0);
    this.#lastUse.fill(-1);
    for (const [index, { inputs }] of nodes.entries()) for (const number of inputs) this.#lastUse[number] = index;
    for (const number of kept) this.#lastUse[number] = nodes.length;
    let peak = { bytes: 0, node: '' };
    for (const [index, node] of nodes.entries()) {
      for (const number of node.outputs) if (number !== 0) this.#make(number, node, index);
      if (this.#bytes > peak.bytes) peak = { bytes: this.#bytes, node: node.name };
      for (const number of node.inputs) this.#release(number, index);
      for (const number of node.outputs) this.#release(number, index);
    }
    return peak;
  }

  #make(number: number, node: NumberedNode, index: number): void {
    const bytes = byteLength(this.#values[number] as KnownValue);
    const buffer = this.#reusable(node, index, bytes);
    this.#bufferOf[number] = buffer === 0 ? number : buffer;
    if (buffer !== 0) {
      this.#users[buffer] = this.#usersOf(buffer) + 1;
      return;
    }
    this.#users[number] = 1;
    this.#sizes[number] = bytes;
    this.#bytes += bytes;
  }

  /** The buffer of an input that the node's output takes over, or 0. */
  #reusable({ operator, inputs }: NumberedNode, index: number, bytes: number): number {
    const isView = VIEWS.has(operator);
    if (!isView && !this.#inPlace.has(operator)) return 0;
    for (const number of inputs) {
      const buffer = this.#bufferOf[number] as number;
      if (buffer === 0) continue;
      if (isView) return buffer;
      if (this.#sizes[buffer] === bytes && this.#usersOf(buffer) === 1 && this.#lastUse[number] === index)
        return buffer;
    }
    return 0;
  }

  #release(number: number, index: number): void {
    const buffer = this.#bufferOf[number] as number;
    if (buffer === 0 || (this.#lastUse[number] as number) > index) return;
    this.#bufferOf[number] = 0;
    this.#users[buffer] = this.#usersOf(buffer) - 1;
    if (this.#users[buffer] === 0) this.#bytes -= this.#sizes[buffer] as number;
  }

  #usersOf(buffer: number): number {
    return this.#users[buffer] as number;
  }
}
