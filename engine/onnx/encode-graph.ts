import { create, toBinary } from '@bufbuild/protobuf';
import type { Attribute } from './attributes.ts';
import { onnxType } from './element-type.ts';
import { type Graph, type GraphNode, type Initializer, isKeptWeight } from './graph.ts';
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
 */
export function encodeGraph(graph: Graph): Uint8Array {
  const { name, opsets, inputs, outputs, initializers, nodes, isFused } = graph;
  // An input that has a value is no constant to the runtime. Nobody gives it another.
  const withValues = [...initializers.filter(isKeptWeight), ...(isFused ? shapeTargets(graph) : [])];
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(Version.IR_VERSION_2024_3_25),
    producerName: 'headroom',
    opsetImport: Object.entries(opsets).map(([domain, version]) => ({ domain, version: BigInt(version) })),
    graph: create(GraphProtoSchema, {
      name,
      node: nodes.map(nodeProto),
      initializer: initializers.map(initializerProto),
      input: [...inputs.map(isFused ? shapelessProto : valueInfoProto), ...withValues.map(shapelessProto)],
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

/** The shapes that values are brought into: from one that is constant, the runtime knows that of the value. */
function shapeTargets({ nodes, initializers }: Graph): Initializer[] {
  const targets = new Set(nodes.flatMap(({ operator, inputs }) => (operator === 'Reshape' ? inputs.slice(1) : [])));
  return initializers.filter(({ name }) => targets.has(name));
}

function initializerProto({ name, type, dims, data }: Initializer): TensorProto {
  const tensor = { name, dataType: onnxType(type), dims: dims.map(BigInt) };
  if (data.kind === 'constant') {
    const values = type === 'int64' ? BigInt64Array.from(data.values, BigInt) : Float32Array.from(data.values);
    return create(TensorProtoSchema, { ...tensor, rawData: new Uint8Array(values.buffer) });
  }
  const { location, offset, length } = data;
  const external = { location, offset: String(offset), length: String(length) };
  return create(TensorProtoSchema, {
    ...tensor,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(external).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  });
}
