import { TensorProto_DataType } from './proto/onnx_pb.ts';

/** The element types that Headroom's graphs use, by the runtime's names, with their ONNX number and size in bytes. */
const ELEMENT_TYPES = {
  float32: { onnx: TensorProto_DataType.FLOAT, bytes: 4 },
  float16: { onnx: TensorProto_DataType.FLOAT16, bytes: 2 },
  bfloat16: { onnx: TensorProto_DataType.BFLOAT16, bytes: 2 },
  int32: { onnx: TensorProto_DataType.INT32, bytes: 4 },
  int64: { onnx: TensorProto_DataType.INT64, bytes: 8 },
} as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

export function onnxType(type: ElementType): TensorProto_DataType {
  return ELEMENT_TYPES[type].onnx;
}

export function elementBytes(type: ElementType): number {
  return ELEMENT_TYPES[type].bytes;
}
