import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type ElementType, onnxType } from './element-type.ts';
import {
  type TensorShapeProto_Dimension,
  TensorShapeProto_DimensionSchema,
  type TypeProto_TensorSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './proto/onnx_pb.ts';

/** A graph input or output: a number is a fixed dimension, a name one that each run chooses. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

export function valueInfoProto({ name, type, dims }: ValueInfo): ValueInfoProto {
  return proto(name, { elemType: onnxType(type), shape: { dim: dims.map(dimensionProto) } });
}

/** Without its dimensions: it may be given any. */
export function shapelessProto({ name, type }: Pick<ValueInfo, 'name' | 'type'>): ValueInfoProto {
  return proto(name, { elemType: onnxType(type) });
}

function proto(name: string, value: MessageInitShape<typeof TypeProto_TensorSchema>): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } });
}

function dimensionProto(dim: number | string): TensorShapeProto_Dimension {
  return create(TensorShapeProto_DimensionSchema, {
    value: typeof dim === 'number' ? { case: 'dimValue', value: BigInt(dim) } : { case: 'dimParam', value: dim },
  });
}
