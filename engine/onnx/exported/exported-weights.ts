import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HeadroomError } from '../../contract/errors.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { SafetensorsDtype } from '../../weights/safetensors.ts';
import type { Arrangement, StoredTensor } from '../../weights/stored-tensor.ts';
import { type NodeProto, type TensorProto, TensorProto_DataType } from '../proto/onnx_pb.ts';
import { type Initializer, readGraphFile } from './graph-file.ts';

const DTYPES: Readonly<Record<number, { dtype: SafetensorsDtype; bytes: number }>> = {
  [TensorProto_DataType.FLOAT]: { dtype: 'F32', bytes: 4 },
  [TensorProto_DataType.FLOAT16]: { dtype: 'F16', bytes: 2 },
  [TensorProto_DataType.BFLOAT16]: { dtype: 'BF16', bytes: 2 },
};

/** Operators of graphs whose weights are no longer the network's: of fewer bits, or joined by the runtime's optimizer. */
const REWORKED =
  /Quantize|Integer$|MatMulNBits|^(BiasGelu|EmbedLayerNormalization|MultiHeadAttention|NhwcConv|PackedAttention|Skip.*)$/;

/** Where an exporter puts the weights of a layer that has no tensor of its own name: for each operator its input and what it is. */
const LAYER_WEIGHTS: Readonly<Record<string, { readonly name: string; readonly arrangement: Arrangement }>> = {
  MatMul: { name: 'weight', arrangement: 'transposed' },
  Mul: { name: 'weight', arrangement: 'plain' },
  Add: { name: 'bias', arrangement: 'plain' },
};

/**
 * The weights of a network that PyTorch exported to ONNX, under the names that they had there.
 *
 * The exporter keeps the names of most parameters. Those that it stored otherwise are named after the node that uses them,
 * which tells its layer: the matrix of a linear layer is transposed for `/layer/MatMul`, the scales and shifts of a group
 * norm have the shape of an image for `/layer/Mul` and `/layer/Add`. Of equal parameters it stores one, and an `Identity`
 * for each other.
 *
 * @throws HeadroomError `file` if the file is damaged; `model` if its weights are no longer those of the network, or data
 *   beside it is missing
 */
export function exportedWeights(path: string): StoredTensor[] {
  const { nodes, initializers } = readGraphFile(path);
  const reworked = nodes.find(({ opType }) => REWORKED.test(opType));
  if (reworked) {
    throw new HeadroomError(
      'model',
      `${path} is an ONNX export that was optimized or quantized for other programs (it has ${reworked.opType} nodes). Headroom builds its own graphs: take the plain export, or the same model as safetensors files.`,
    );
  }
  const stored = new Map<string, StoredTensor>();
  for (const initializer of initializers) {
    const tensor = storedTensor(path, initializer);
    if (tensor) stored.set(tensor.name, tensor);
  }
  for (const { opType, input, output } of nodes) {
    const same = opType === 'Identity' ? stored.get(input[0] ?? '') : undefined;
    if (same && output[0]) stored.set(output[0], { ...same, name: output[0] });
  }
  const named = new Map(stored);
  for (const node of nodes) {
    for (const tensor of layerWeights(node, stored)) if (!named.has(tensor.name)) named.set(tensor.name, tensor);
  }
  return [...named.values()];
}

function layerWeights({ name, opType, input }: NodeProto, stored: ReadonlyMap<string, StoredTensor>): StoredTensor[] {
  const layer = name.split('/').slice(1, -1).join('.');
  const role = Object.hasOwn(LAYER_WEIGHTS, opType) ? LAYER_WEIGHTS[opType] : undefined;
  if (!layer || !role) return [];
  const tensors = input.map((value) => stored.get(value)).filter((tensor) => tensor !== undefined);
  return tensors.map((tensor) => ({ ...tensor, name: `${layer}.${role.name}`, arrangement: role.arrangement }));
}

/** Undefined for what is no weight: whole numbers, single numbers, and those that are written as a list in the graph. */
function storedTensor(path: string, { tensor, inside }: Initializer): StoredTensor | undefined {
  const type = DTYPES[tensor.dataType];
  const place = inside ? { path, ...inside } : externalPlace(path, tensor);
  if (!type || !place || tensor.dims.length === 0) return undefined;
  const shape = tensor.dims.map(Number);
  const length = elementCount(shape) * type.bytes;
  if (place.length !== undefined && place.length !== length) {
    throw new HeadroomError(
      'file',
      `${path} is damaged: tensor "${tensor.name}" [${shape.join(', ')}] needs ${length} bytes, it has ${place.length}. Download it again.`,
    );
  }
  const { path: file, offset } = place;
  if (file !== path && statSync(file).size < offset + length) {
    throw new HeadroomError('file', `${file} is truncated: tensor "${tensor.name}" ends after it. Download it again.`);
  }
  return {
    name: tensor.name,
    storedName: tensor.name,
    dtype: type.dtype,
    shape,
    path: file,
    offset,
    length,
    arrangement: 'plain',
  };
}

/** Where the numbers of a tensor lie that are in another file, which must be in the same folder. */
function externalPlace(
  path: string,
  { externalData, name }: TensorProto,
): { path: string; offset: number; length: number | undefined } | undefined {
  if (externalData.length === 0) return undefined;
  const {
    location = '',
    offset = '0',
    length,
  } = Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
  const file = join(dirname(path), location);
  const wholeNumbers = [offset, length ?? '0'].every((text) => /^\d{1,15}$/.test(text));
  if (!wholeNumbers || dirname(file) !== dirname(path)) {
    throw new HeadroomError(
      'file',
      `${path} says of tensor "${name}" that it is in ${location} from byte ${offset}, which is no place beside it. Download the model again.`,
    );
  }
  if (!existsSync(file)) {
    throw new HeadroomError('model', `${file} is missing: the model is incomplete. Download it again, all of it.`);
  }
  return { path: file, offset: Number(offset), length: length === undefined ? undefined : Number(length) };
}
