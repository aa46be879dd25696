import type { TurnedWeight } from '../weights/turned-weights.ts';
import type { Weight } from '../weights/weight-view.ts';
import type { Attribute } from './attributes.ts';
import { type ElementType, elementBytes } from './element-type.ts';
import { encodeGraph } from './encode-graph.ts';
import { commonRoot, type ExternalLocation, externalLocation } from './external-data.ts';
import { type Graph, type GraphNode, heldBytes, type Initializer } from './graph.ts';
import type { ValueInfo } from './value-info.ts';

/** A value of the graph: what a node puts out, an input or an initializer. */
export interface Value {
  readonly name: string;
}

/** A finished graph, ready for a session. */
export interface OnnxModel {
  readonly graph: Graph;
  /** As an ONNX file, written when it is first asked for: a part of a network is loaded at every step. */
  readonly bytes: Uint8Array;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** What a session holds of the weights. */
  readonly weightBytes: number;
  /** Base folder of the external data; undefined for a graph without any. */
  readonly externalDataRoot: string | undefined;
}

/** @param externalDataRoot of its weights, if it has any */
export function onnxModel(graph: Graph, externalDataRoot: string | undefined): OnnxModel {
  const { inputs, outputs, initializers } = graph;
  let bytes: Uint8Array | undefined;
  return {
    graph,
    get bytes() {
      bytes ??= encodeGraph(graph);
      return bytes;
    },
    inputs,
    outputs,
    weightBytes: heldBytes(initializers),
    externalDataRoot: initializers.some(({ data }) => data.kind === 'weight') ? externalDataRoot : undefined,
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

/** What graphs are built for: a dialect is one. */
export interface GraphTarget extends Partial<Pick<Graph, 'isFused'>> {
  /** The version of the standard operators. */
  readonly opset: number;
}

interface GraphState {
  readonly name: string;
  readonly target: GraphTarget;
  readonly names: Map<string, number>;
  readonly constants: Map<string, Value>;
  readonly weights: Map<string, Value>;
  /** Of the weights' files. */
  readonly locations: Map<string, ExternalLocation>;
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly initializers: Initializer[];
  /** Nodes on initializers alone, see `build`. */
  readonly constantNodes: GraphNode[];
  /** The names of their outputs, and of the initializers. */
  readonly constantNames: Set<string>;
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

  static create(name: string, target: GraphTarget): GraphBuilder {
    return new GraphBuilder(
      {
        name,
        target,
        names: new Map(),
        constants: new Map(),
        weights: new Map(),
        locations: new Map(),
        inputs: [],
        outputs: [],
        initializers: [],
        constantNodes: [],
        constantNames: new Set(),
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
  constant(
    type: 'float32' | 'float16' | 'int64',
    values: readonly number[],
    dims: readonly number[] = [values.length],
  ): Value {
    const key = `${type}[${dims.join()}]:${values.join()}`;
    const known = this.#state.constants.get(key);
    if (known) return known;
    const name = `constant.${this.#state.constants.size}`;
    const value = this.#initializer({ name, type, dims, data: { kind: 'constant', values } });
    this.#state.constants.set(key, value);
    return value;
  }

  /**
   * A tensor of the checkpoint, read by the runtime from its own file. What nodes make of nothing else is computed once, when
   * a session is created.
   *
   * @param heldAs the type that it is cast to, if it is not used in its own
   */
  weight(weight: Weight, heldAs: ElementType = weight.type): Value {
    return this.#weight(weight, (weight.length / elementBytes(weight.type)) * elementBytes(heldAs), false);
  }

  /**
   * A tensor of the checkpoint that stays in memory as it is stored: what nodes make of it is computed in each run, right
   * before its use.
   */
  keptWeight(weight: Weight): Value {
    return this.#weight(weight, weight.length, true);
  }

  /**
   * A small weight of the checkpoint in another type, inside the graph: a cast would be one more node, and the runtime would spend
   * more time on all of those than on the numbers.
   */
  turnedWeight(turned: TurnedWeight): Value {
    const { weight, type } = turned;
    const name = `${weight.name} in ${type}`;
    const known = this.#state.weights.get(name);
    if (known) return known;
    const heldBytes = (weight.length / elementBytes(weight.type)) * elementBytes(type);
    const value = this.#initializer({ name, type, dims: weight.shape, data: { kind: 'turned', turned, heldBytes } });
    this.#state.weights.set(name, value);
    return value;
  }

  #weight(weight: Weight, heldBytes: number, isKept: boolean): Value {
    const known = this.#state.weights.get(weight.name);
    if (known) return known;
    const { location } = this.#locationOf(weight.path);
    const { name, type, shape: dims, offset, length } = weight;
    const data = { kind: 'weight', location, offset, length, heldBytes, isKept } as const;
    const value = this.#initializer({ name, type, dims, data });
    this.#state.weights.set(weight.name, value);
    return value;
  }

  #locationOf(path: string): ExternalLocation {
    const location = this.#state.locations.get(path) ?? externalLocation(path);
    this.#state.locations.set(path, location);
    return location;
  }

  #initializer(initializer: Initializer): Value {
    this.#state.initializers.push(initializer);
    this.#state.constantNames.add(initializer.name);
    return { name: initializer.name };
  }

  /**
   * Nodes on initializers alone come first. Of the values that a node takes, the runtime computes that of the node that comes
   * last first (onnxruntime: Graph::ReverseDFSFrom with NodeCompare): a weight is then cast after all else that its use
   * waits for, and not the weights of a whole network one after the other.
   */
  build(): OnnxModel {
    const { name, target, inputs, outputs, initializers, constantNodes, locations } = this.#state;
    const nodes = [...constantNodes, ...this.#state.nodes];
    const { opset, isFused = false } = target;
    const opsets = {
      '': opset,
      'com.microsoft': 1,
      // Standard operators in another layout: they have the standard versions.
      ...(nodes.some(({ domain }) => domain === NHWC) ? { [NHWC]: opset } : {}),
    };
    const roots = new Set([...locations.values()].map(({ root }) => root));
    return onnxModel({ name, opsets, isFused, inputs, outputs, initializers, nodes }, commonRoot(roots));
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
    const { constantNodes, constantNames, nodes } = this.#state;
    const isConstant = inputs.every((input) => input === undefined || constantNames.has(input.name));
    if (isConstant) for (const output of outputs) constantNames.add(output);
    (isConstant ? constantNodes : nodes).push({
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
