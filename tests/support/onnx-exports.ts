import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataLocation } from '../../engine/onnx/proto/onnx_pb.ts';
import { readReferenceJson, referencePath } from './fixtures.ts';
import { recordedWeights, writeTokenizer } from './pipelines.ts';

/** A tensor's name in the network, how it is stored, and from which byte of the data on. */
type Row = readonly [string, 'plain' | 'transposed', number];

/** Which recorded network of tests/reference/pipelines is in which folder. */
const NETWORKS = { text_encoder: 'clip', unet: 'unet', vae_decoder: 'vae', vae_encoder: 'vae' };

/** Writes the export of sd15 of tests/reference/onnx-folder, with the numbers in `model.onnx` itself or in a file beside it. */
export function writeExport(folder: string, numbers: 'inside' | 'beside'): string {
  cpSync(referencePath('onnx-folder/sd15'), folder, { recursive: true });
  rmSync(join(folder, 'tensors.json'));
  const tables = readReferenceJson<Record<string, Row[]>>('onnx-folder/sd15/tensors.json');
  for (const [inside, network] of Object.entries(NETWORKS)) {
    const packed = join(folder, inside, 'model.onnx.gz');
    const graph = gunzipSync(readFileSync(packed));
    rmSync(packed);
    writeNetwork(join(folder, inside, 'model.onnx'), graph, dataOf(tables[inside] ?? [], network), numbers);
  }
  writeTokenizer('clip', join(folder, 'tokenizer'));
  return folder;
}

function dataOf(rows: readonly Row[], network: string): Uint8Array {
  const weights = recordedWeights(network);
  const parts = rows.map(([name, arrangement]) => {
    const { shape, values } = weights[name]!;
    return new Uint8Array((arrangement === 'plain' ? values : transposed(values, shape)).slice().buffer);
  });
  return Buffer.concat(parts);
}

function transposed(values: Float32Array, [rows = 0, columns = 0]: readonly number[]): Float32Array {
  return Float32Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}

function writeNetwork(path: string, graph: Uint8Array, data: Uint8Array, numbers: 'inside' | 'beside'): void {
  if (numbers === 'beside') {
    writeFileSync(path, graph);
    writeFileSync(join(dirname(path), 'model.onnx_data'), data);
    return;
  }
  const model = fromBinary(ModelProtoSchema, graph);
  for (const tensor of model.graph?.initializer ?? []) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue;
    const { offset, length } = Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, Number(value)]));
    tensor.rawData = data.subarray(offset!, offset! + length!);
    tensor.dataLocation = TensorProto_DataLocation.DEFAULT;
    tensor.externalData = [];
  }
  writeFileSync(path, toBinary(ModelProtoSchema, model));
}
