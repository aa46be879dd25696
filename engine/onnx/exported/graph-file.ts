import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from '../proto/onnx_pb.ts';
import { type Field, ProtobufFile } from './protobuf-file.ts';

/** A tensor of the graph without its numbers, and where in the file they lie if they do. */
export interface Initializer {
  readonly tensor: TensorProto;
  readonly inside?: { readonly offset: number; readonly length: number };
}

export interface GraphFile {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly Initializer[];
}

/**
 * Reads the nodes of an ONNX file and what its tensors are; their numbers are never read.
 *
 * @throws HeadroomError `file` if it cannot be read or is no such file
 */
export function readGraphFile(path: string): GraphFile {
  return ProtobufFile.with(path, (file) => {
    const graph = [...file.fields(0, file.size)].find(({ number }) => number === ModelProtoSchema.field.graph.number);
    if (!graph) throw file.malformed();
    const nodes: NodeProto[] = [];
    const initializers: Initializer[] = [];
    for (const field of file.fields(graph.offset, graph.offset + graph.length)) {
      if (field.number === GraphProtoSchema.field.node.number) {
        nodes.push(parse(file, NodeProtoSchema, file.bytes(field.offset, field.length)));
      } else if (field.number === GraphProtoSchema.field.initializer.number) {
        initializers.push(initializer(file, field));
      }
    }
    if (nodes.length === 0) throw file.malformed();
    return { nodes, initializers };
  });
}

function initializer(file: ProtobufFile, { offset, length }: Field): Initializer {
  const end = offset + length;
  const raw = [...file.fields(offset, end)].find(({ number }) => number === TensorProtoSchema.field.rawData.number);
  if (!raw) return { tensor: parse(file, TensorProtoSchema, file.bytes(offset, length)) };
  const afterRaw = raw.offset + raw.length;
  const rest = Buffer.concat([file.bytes(offset, raw.tag - offset), file.bytes(afterRaw, end - afterRaw)]);
  return { tensor: parse(file, TensorProtoSchema, rest), inside: { offset: raw.offset, length: raw.length } };
}

function parse<T extends DescMessage>(file: ProtobufFile, schema: T, bytes: Uint8Array): MessageShape<T> {
  try {
    return fromBinary(schema, bytes);
  } catch {
    throw file.malformed();
  }
}
