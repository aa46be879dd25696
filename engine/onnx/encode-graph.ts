import { create, toBinary } from '@bufbuild/protobuf';
import { float32ToFloat16 } from '../tensor/float16.ts';
import { type TurnedWeight, turnedWeights } from '../weights/turned-weights.ts';
import type { Attribute } from './attributes.ts';
import { type ElementType, onnxType } from './element-type.ts';
import { type Graph, type GraphNode, type Initializer, inputsWithValues } from './graph.ts';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  Version,
} from './proto/onnx_pb.ts';
import { shapelessProto, valueInfoProto } from './value-info.ts';

/**
 * A graph as an ONNX file. Equal graphs give equal bytes.
 *
 * Of one whose operators are fused the runtime is told no shapes: it needs them to fuse, and else only looks for dead values
 * of the same shape whose memory a new one may take (onnxruntime: PlannerImpl::FindReusableTensor). It compares each value
 * to all that died before, which took most of the time in which SDXL's denoiser was loaded, and holds what it finds from the first
 * use to the last. The arena finds room for each value anyway.
 *
 * @throws HeadroomError `file` if weights that are turned cannot be read
 */
export function encodeGraph(graph: Graph): Uint8Array {
  const { name, opsets, inputs, outputs, initializers, nodes, isFused } = graph;
  const turned = turnedWeights(initializers.flatMap(({ data }) => (data.kind === 'turned' ? data.turned : [])));
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(Version.IR_VERSION_2024_3_25),
    producerName: 'headroom',
    opsetImport: Object.entries(opsets).map(([domain, version]) => ({ domain, version: BigInt(version) })),
    graph: create(GraphProtoSchema, {
      name,
      node: nodes.map(nodeProto),
      initializer: initializers.map((each) => initializerProto(each, turned)),
      input: [
        ...inputs.map(isFused ? shapelessProto : valueInfoProto),
        // Nobody gives them another value.
        ...inputsWithValues(graph).map(shapelessProto),
      ],
      output: outputs.map(valueInfoProto),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

function nodeProto({ name, operator, domain, inputs, outputs, attributes }: GraphNode): NodeProto {
  return create(NodeProtoSchema, {
    opType: operator,
    domain,
    name,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, attribute]) => attributeProto(key, attribute)),
  });
}

function attributeProto(name: string, attribute: Attribute): AttributeProto {
  const Type = AttributeProto_AttributeType;
  switch (attribute.kind) {
    case 'int':
      return create(AttributeProtoSchema, { name, type: Type.INT, i: BigInt(attribute.value) });
    case 'ints':
      return create(AttributeProtoSchema, { name, type: Type.INTS, ints: attribute.value.map(BigInt) });
    case 'float':
      return create(AttributeProtoSchema, { name, type: Type.FLOAT, f: attribute.value });
    case 'text':
      return create(AttributeProtoSchema, { name, type: Type.STRING, s: new TextEncoder().encode(attribute.value) });
  }
}

function numbersOf(type: ElementType, values: readonly number[]): BigInt64Array | Float32Array | Uint16Array {
  if (type === 'int64') return BigInt64Array.from(values, BigInt);
  const floats = Float32Array.from(values);
  return type === 'float16' ? float32ToFloat16(floats) : floats;
}

function initializerProto(
  { name, type, dims, data }: Initializer,
  turned: ReadonlyMap<TurnedWeight, Uint8Array>,
): TensorProto {
  const tensor = { name, dataType: onnxType(type), dims: dims.map(BigInt) };
  if (data.kind === 'constant') {
    return create(TensorProtoSchema, { ...tensor, rawData: new Uint8Array(numbersOf(type, data.values).buffer) });
  }
  if (data.kind === 'turned') {
    return create(TensorProtoSchema, { ...tensor, rawData: turned.get(data.turned) as Uint8Array });
  }
  const { location, offset, length } = data;
  const external = { location, offset: String(offset), length: String(length) };
  return create(TensorProtoSchema, {
    ...tensor,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(external).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  });
}
