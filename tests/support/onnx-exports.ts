import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type ModelProto,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from '../../engine/onnx/proto/onnx_pb.ts';
import { float32ToFloat16 } from '../../engine/tensor/float16.ts';
import { referencePath } from './fixtures.ts';
import { recordedPipeline, recordedWeights, writeTokenizer } from './pipelines.ts';
import type { StoredTensor } from './safetensors.ts';

export type ExportName = 'sd15' | 'sd15-fp16' | 'sd2' | 'sdxl' | 'flux_dev';

/** Which tensors are in initializers of other names, by folder; the others are stored as they are. */
type Renamed = Readonly<Record<string, Readonly<Record<string, readonly [string, 'plain' | 'transposed']>>>>;

const unpacked = (path: string) => brotliDecompressSync(readFileSync(path));

/** Writes an export of tests/reference/onnx-folder, with the numbers in each `model.onnx` itself or in a file beside it. */
export function writeExport(name: ExportName, folder: string, numbers: 'inside' | 'beside'): string {
  const { components, tokenizers } = recordedPipeline(name.replace('-fp16', ''));
  cpSync(referencePath(`onnx-folder/${name}`), folder, { recursive: true });
  const renamed = JSON.parse(unpacked(join(folder, 'tensors.json.br')).toString()) as Renamed;
  rmSync(join(folder, 'tensors.json.br'));
  for (const [inside, others] of Object.entries(renamed)) {
    const own = join(folder, inside, 'model.onnx.br');
    const graph = unpacked(existsSync(own) ? own : referencePath(`onnx-folder/sd15/${inside}/model.onnx.br`));
    rmSync(own, { force: true });
    const component = components[inside.replace(/^vae_.*/, 'vae')] as string;
    writeNetwork(join(folder, inside, 'model.onnx'), graph, recordedWeights(component), others, numbers);
  }
  for (const [inside, kind] of Object.entries(tokenizers)) writeTokenizer(kind, join(folder, inside));
  return folder;
}

function writeNetwork(
  path: string,
  graph: Uint8Array,
  weights: Readonly<Record<string, StoredTensor>>,
  others: Renamed[string],
  numbers: 'inside' | 'beside',
): void {
  const model = fromBinary(ModelProtoSchema, graph);
  const data = external(model).map((tensor) => {
    const [name, arrangement] = others[tensor.name] ?? [tensor.name, 'plain'];
    const { shape, values } = weights[name] as StoredTensor;
    const stored = arrangement === 'plain' ? values : transposed(values, shape);
    const typed = tensor.dataType === TensorProto_DataType.FLOAT16 ? float32ToFloat16(stored) : stored;
    return new Uint8Array(typed.slice().buffer);
  });
  if (numbers === 'beside') {
    writeFileSync(path, graph);
    writeFileSync(join(dirname(path), 'model.onnx_data'), Buffer.concat(data));
    return;
  }
  for (const [index, tensor] of external(model).entries()) {
    tensor.rawData = data[index] as Uint8Array;
    tensor.dataLocation = TensorProto_DataLocation.DEFAULT;
    tensor.externalData = [];
  }
  writeFileSync(path, toBinary(ModelProtoSchema, model));
}

/** The tensors whose data is elsewhere, one after the other. */
function external({ graph }: ModelProto) {
  return (graph?.initializer ?? []).filter(({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL);
}

function transposed(values: Float32Array, [rows = 0, columns = 0]: readonly number[]): Float32Array {
  return Float32Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}
