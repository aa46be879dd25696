import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Dialect } from '../layers/dialect.ts';
import { buildRrdbNet } from '../models/rrdbnet/graph.ts';
import { openRrdbNet } from '../models/rrdbnet/layout.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';

/** A network that makes pictures larger: a single file, nothing of it loaded. */
export interface Upscaler {
  /** Unique among the upscalers of the library. */
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  /** Changes whenever the file does. */
  readonly fingerprint: string;
  /** How many times larger its pictures are. */
  readonly scale: number;
  /** Pixels along one side that the network reads as one (`unshuffled`). */
  readonly unshuffle: number;
  /** The network over its file as it was opened; see `buildRrdbNet` for what it takes and gives. */
  build(dialect: Dialect): OnnxModel;
}

/** @throws HeadroomError `file` or `model`, saying what is missing or not supported */
export function openUpscaler(path: string, id: string): Upscaler {
  const net = openRrdbNet(path);
  const { size, mtimeMs } = statSync(path);
  const { scale, unshuffle } = net.shape;
  return {
    id,
    path,
    bytes: size,
    fingerprint: `${basename(path)} ${size} ${mtimeMs}`,
    scale,
    unshuffle,
    build: (dialect) => buildRrdbNet(net, dialect),
  };
}
