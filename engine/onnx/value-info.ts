import { create } from '@bufbuild/protobuf';
import { type ElementType, onnxType } from './element-type.ts';
import {
  type TensorShapeProto_Dimension,
  TensorShapeProto_DimensionSchema,
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
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: onnxType(type),
          shape: {
            dim: dims.map(dimensionProto),
          },
        },
      },
    },
  });
}

function dimensionProto(dim: number | string): TensorShapeProto_Dimension {
  return create(TensorShapeProto_DimensionSchema, {
    value: typeof dim === 'number' ? { case: 'dimValue', value: BigInt(dim) } : { case: 'dimParam', value: dim },
  });
}
