import { TensorProto_DataType } from './proto/onnx_pb.ts';

/** The element types that Headroom's graphs use, by the runtime's names, with their ONNX number and size in bytes. */
const ELEMENT_TYPES = {
  float32: { onnx: TensorProto_DataType.FLOAT, bytes: 4 },
  float16: { onnx: TensorProto_DataType.FLOAT16, bytes: 2 },
  bfloat16: { onnx: TensorProto_DataType.BFLOAT16, bytes: 2 },
  float8e4m3: { onnx: TensorProto_DataType.FLOAT8E4M3FN, bytes: 1 },
  float8e5m2: { onnx: TensorProto_DataType.FLOAT8E5M2, bytes: 1 },
  int32: { onnx: TensorProto_DataType.INT32, bytes: 4 },
  int64: { onnx: TensorProto_DataType.INT64, bytes: 8 },
  bool: { onnx: TensorProto_DataType.BOOL, bytes: 1 },
} as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

const TYPES_BY_NUMBER = new Map<number, ElementType>(
  Object.entries(ELEMENT_TYPES).map(([name, { onnx }]) => [onnx, name as ElementType]),
);

export function onnxType(type: ElementType): TensorProto_DataType {
  return ELEMENT_TYPES[type].onnx;
}

export function elementBytes(type: ElementType): number {
  return ELEMENT_TYPES[type].bytes;
}

/** @throws Error for a type that Headroom's graphs do not have */
export function elementTypeOf(onnx: number): ElementType {
  const found = TYPES_BY_NUMBER.get(onnx);
  if (!found) throw new Error(`no graph has values of the ONNX type ${onnx}`);
  return found;
}
