import { create, toBinary } from '@bufbuild/protobuf';
import type { Weight } from '../weights/weight-view.ts';
import { type Attribute, attributeProto } from './attributes.ts';
import { elementBytes, onnxType } from './element-type.ts';
import { commonRoot, externalLocation } from './external-data.ts';
import {
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  Version,
} from './proto/onnx_pb.ts';
import { type ValueInfo, valueInfoProto } from './value-info.ts';

/** A value of the graph: what a node puts out, an input or an initializer. */
export interface Value {
  readonly name: string;
}

/** A finished graph, ready for a session. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** What the weights occupy in their files; a session holds them in its compute type. */
  readonly weightBytes: number;
  /** How many numbers the weights hold, each tensor once. */
  readonly weightElements: number;
  /** Base folder of the external data; undefined for a graph without any. */
  readonly externalDataRoot: string | undefined;
}

/** onnxruntime's domain of standard operators with channels last. */
const NHWC = 'com.ms.internal.nhwc';

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** One of onnxruntime's own domains; left out for the standard operators. */
  readonly domain?: 'com.microsoft' | typeof NHWC;
  /** Last part of the node's name; the operator's name by default. */
  readonly name?: string;
  /** Indices of outputs that are not wanted. */
  readonly omitted?: readonly number[];
}

interface GraphState {
  readonly graph: GraphProto;
  readonly opset: number;
  readonly names: Map<string, number>;
  readonly constants: Map<string, Value>;
  readonly weights: Map<string, Value>;
  readonly roots: Set<string>;
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  weightBytes: number;
  weightElements: number;
}

/**
 * Builds one ONNX graph, node after node in order of use. Names are made from the scope and are always the same for the
 * same calls, so the bytes are, too.
 */
export class GraphBuilder {
  readonly #state: GraphState;
  readonly #prefix: string;

  private constructor(state: GraphState, prefix: string) {
    this.#state = state;
    this.#prefix = prefix;
  }

  static create(name: string, opset: number): GraphBuilder {
    return new GraphBuilder(
      {
        graph: create(GraphProtoSchema, { name }),
        opset,
        names: new Map(),
        constants: new Map(),
        weights: new Map(),
        roots: new Set(),
        inputs: [],
        outputs: [],
        weightBytes: 0,
        weightElements: 0,
      },
      '',
    );
  }

  /** The same graph; the names of nodes made through it begin with `name.` */
  scope(name: string): GraphBuilder {
    return new GraphBuilder(this.#state, `${this.#prefix}${name}.`);
  }

  input(info: ValueInfo): Value {
    this.#state.names.set(info.name, 1);
    this.#state.inputs.push(info);
    return { name: info.name };
  }

  /** Names `value` as a graph output. */
  output(info: ValueInfo, value: Value): void {
    this.#state.names.set(info.name, 1);
    this.#state.outputs.push(info);
    this.#addNode('Identity', [value], [info.name], { name: `output.${info.name}` });
  }

  /** Adds a node with one output. A missing optional input is undefined. */
  node(operator: string, inputs: readonly (Value | undefined)[], options: NodeOptions = {}): Value {
    const name = this.#uniqueName(options.name ?? operator);
    this.#addNode(operator, inputs, [name], { ...options, name });
    return { name };
  }

  /** Adds a node with `count` outputs. */
  nodes(operator: string, inputs: readonly (Value | undefined)[], count: number, options: NodeOptions = {}): Value[] {
    const name = this.#uniqueName(options.name ?? operator);
    const outputs = Array.from({ length: count }, (_, index) => ({
      name: options.omitted?.includes(index) ? '' : `${name}:${index}`,
    }));
    this.#addNode(
      operator,
      inputs,
      outputs.map((output) => output.name),
      { ...options, name },
    );
    return outputs;
  }

  /** A small constant inside the graph; equal ones are stored once. */
  constant(type: 'float32' | 'int64', values: readonly number[], dims: readonly number[] = [values.length]): Value {
    const key = `${type}[${dims.join()}]:${values.join()}`;
    const known = this.#state.constants.get(key);
    if (known) return known;
    const name = `constant.${this.#state.constants.size}`;
    const data = type === 'int64' ? BigInt64Array.from(values, BigInt) : Float32Array.from(values);
    this.#state.graph.initializer.push(
      create(TensorProtoSchema, {
        name,
        dataType: onnxType(type),
        dims: dims.map(BigInt),
        rawData: new Uint8Array(data.buffer),
      }),
    );
    const value = { name };
    this.#state.constants.set(key, value);
    return value;
  }

  /** A tensor of the checkpoint, read by the runtime from its own file. */
  weight(weight: Weight): Value {
    const known = this.#state.weights.get(weight.name);
    if (known) return known;
    const { root, location } = externalLocation(weight.path);
    this.#state.roots.add(root);
    this.#state.weightBytes += weight.length;
    this.#state.weightElements += weight.length / elementBytes(weight.type);
    const external = { location, offset: String(weight.offset), length: String(weight.length) };
    this.#state.graph.initializer.push(
      create(TensorProtoSchema, {
        name: weight.name,
        dataType: onnxType(weight.type),
        dims: weight.shape.map(BigInt),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries(external).map(([key, value]) =>
          create(StringStringEntryProtoSchema, { key, value }),
        ),
      }),
    );
    const value = { name: weight.name };
    this.#state.weights.set(weight.name, value);
    return value;
  }

  build(): OnnxModel {
    const { graph, opset, inputs, outputs, roots, weightBytes, weightElements } = this.#state;
    graph.input = inputs.map(valueInfoProto);
    graph.output = outputs.map(valueInfoProto);
    const model = create(ModelProtoSchema, {
      irVersion: BigInt(Version.IR_VERSION_2024_3_25),
      producerName: 'headroom',
      opsetImport: [
        { domain: '', version: BigInt(opset) },
        { domain: 'com.microsoft', version: 1n },
        // Standard operators in another layout: they have the standard versions.
        ...(graph.node.some(({ domain }) => domain === NHWC) ? [{ domain: NHWC, version: BigInt(opset) }] : []),
      ],
      graph,
    });
    const bytes = toBinary(ModelProtoSchema, model);
    return { bytes, inputs, outputs, weightBytes, weightElements, externalDataRoot: commonRoot(roots) };
  }

  #uniqueName(name: string): string {
    const full = this.#prefix + name;
    const uses = this.#state.names.get(full) ?? 0;
    this.#state.names.set(full, uses + 1);
    return uses === 0 ? full : this.#uniqueName(`${name}_${uses}`);
  }

  #addNode(
    operator: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly string[],
    { attributes = {}, domain = undefined, name = operator }: NodeOptions,
  ) {
    this.#state.graph.node.push(
      create(NodeProtoSchema, {
        opType: operator,
        domain: domain ?? '',
        name,
        input: inputNames(inputs),
        output: [...outputs],
        attribute: Object.entries(attributes).map(([key, attribute]) => attributeProto(key, attribute)),
      }),
    );
  }
}

/** Optional inputs at the end are left out: some kernels of the runtime crash on their empty names. */
function inputNames(inputs: readonly (Value | undefined)[]): string[] {
  const given = inputs.findLastIndex((input) => input !== undefined) + 1;
  return inputs.slice(0, given).map((input) => input?.name ?? '');
}
