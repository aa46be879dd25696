import type { Weight } from '../weights/weight-view.ts';
import type { Attribute } from './attributes.ts';
import { elementBytes } from './element-type.ts';
import { encodeGraph } from './encode-graph.ts';
import { commonRoot, externalLocation } from './external-data.ts';
import type { Graph, GraphNode, Initializer } from './graph.ts';
import type { ValueInfo } from './value-info.ts';

/** A value of the graph: what a node puts out, an input or an initializer. */
export interface Value {
  readonly name: string;
}

/** A finished graph, ready for a session. */
export interface OnnxModel {
  readonly graph: Graph;
  /** As an ONNX file, written when it is asked for. */
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

/** @param externalDataRoot of its weights, if it has any */
export function onnxModel(graph: Graph, externalDataRoot: string | undefined): OnnxModel {
  const { inputs, outputs } = graph;
  const weights = graph.initializers.flatMap(({ data, type }) => (data.kind === 'weight' ? { ...data, type } : []));
  return {
    graph,
    get bytes() {
      return encodeGraph(graph);
    },
    inputs,
    outputs,
    weightBytes: weights.reduce((sum, { length }) => sum + length, 0),
    weightElements: weights.reduce((sum, { length, type }) => sum + length / elementBytes(type), 0),
    externalDataRoot: weights.length > 0 ? externalDataRoot : undefined,
  };
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
  readonly name: string;
  readonly opset: number;
  readonly names: Map<string, number>;
  readonly constants: Map<string, Value>;
  readonly weights: Map<string, Value>;
  readonly roots: Set<string>;
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly initializers: Initializer[];
  readonly nodes: GraphNode[];
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
        name,
        opset,
        names: new Map(),
        constants: new Map(),
        weights: new Map(),
        roots: new Set(),
        inputs: [],
        outputs: [],
        initializers: [],
        nodes: [],
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
    this.#state.initializers.push({ name, type, dims, data: { kind: 'constant', values } });
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
    const { name, type, shape, offset, length } = weight;
    this.#state.initializers.push({ name, type, dims: shape, data: { kind: 'weight', location, offset, length } });
    const value = { name: weight.name };
    this.#state.weights.set(weight.name, value);
    return value;
  }

  build(): OnnxModel {
    const { name, opset, inputs, outputs, initializers, nodes, roots } = this.#state;
    const opsets = {
      '': opset,
      'com.microsoft': 1,
      // Standard operators in another layout: they have the standard versions.
      ...(nodes.some(({ domain }) => domain === NHWC) ? { [NHWC]: opset } : {}),
    };
    return onnxModel({ name, opsets, inputs, outputs, initializers, nodes }, commonRoot(roots));
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
    { attributes = {}, domain, name = operator }: NodeOptions,
  ) {
    this.#state.nodes.push({
      name,
      operator,
      domain: domain ?? '',
      inputs: inputNames(inputs),
      outputs,
      attributes,
    });
  }
}

/** Optional inputs at the end are left out: some kernels of the runtime crash on their empty names. */
function inputNames(inputs: readonly (Value | undefined)[]): string[] {
  const given = inputs.findLastIndex((input) => input !== undefined) + 1;
  return inputs.slice(0, given).map((input) => input?.name ?? '');
}
