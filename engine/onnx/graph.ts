import type { TurnedWeight } from '../weights/turned-weights.ts';
import type { Attribute } from './attributes.ts';
import type { ElementType } from './element-type.ts';
import type { ValueInfo } from './value-info.ts';

/** One use of an operator. */
export interface GraphNode {
  readonly name: string;
  readonly operator: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  /** Names of values; an empty one stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  /** Names of values; an empty one stands for an optional output that is not wanted. */
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A value that is there before a run. */
export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: SmallConstant | WeightPlace | SmallWeight;
}

/** The numbers of a small constant inside the graph. */
interface SmallConstant {
  readonly kind: 'constant';
  readonly values: readonly number[];
}

/** Where a weight's bytes lie below the root of the external data. */
interface WeightPlace {
  readonly kind: 'weight';
  readonly location: string;
  readonly offset: number;
  readonly length: number;
  /** What a session holds of it: in the type that it is folded to, or as it is stored. */
  readonly heldBytes: number;
  /** Whether it stays as it is stored, so that nodes on it run in each run. */
  readonly isKept: boolean;
}

/** A small weight of the checkpoint in another type than its file has it in: it is read and turned when the graph is written. */
interface SmallWeight {
  readonly kind: 'turned';
  readonly turned: TurnedWeight;
  readonly heldBytes: number;
}

export function isKeptWeight({ data }: Initializer): boolean {
  return data.kind === 'weight' && data.isKept;
}

/**
 * The initializers that the runtime takes for inputs with a value, which are no constants to it: weights that are kept, and,
 * where it is told no shapes, the shapes that values are brought into: from one that is constant, it knows that of the value.
 */
export function inputsWithValues({ nodes, initializers, isFused }: Graph): Initializer[] {
  const reshapes = isFused ? nodes.filter(({ operator }) => operator === 'Reshape') : [];
  const targets = new Set(reshapes.flatMap(({ inputs }) => inputs.slice(1)));
  return initializers.filter((each) => isKeptWeight(each) || targets.has(each.name));
}

/** Whether the runtime has anything to compute when it creates a session: some node depends on constants alone. */
export function hasConstantNodes(graph: Graph): boolean {
  const constants = new Set(graph.initializers.map(({ name }) => name));
  for (const { name } of inputsWithValues(graph)) constants.delete(name);
  return graph.nodes.some(({ inputs }) => inputs.every((name) => name === '' || constants.has(name)));
}

/** What a session holds of the weights. */
export function heldBytes(initializers: readonly Initializer[]): number {
  return initializers.reduce((sum, { data }) => sum + (data.kind === 'constant' ? 0 : data.heldBytes), 0);
}

/** A graph as it is looked at, cut and written: what an ONNX file says, as plain data. */
export interface Graph {
  readonly name: string;
  /** The version of each domain's operators. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Whether the device's fused operators are in it already, so that the runtime need not look for any (`encodeGraph`). */
  readonly isFused: boolean;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: readonly Initializer[];
  /** In the order in which they run. */
  readonly nodes: readonly GraphNode[];
}

/** Nodes of a graph that run in a row, with the initializers that they read. */
export interface GraphPart extends Pick<Graph, 'initializers' | 'nodes'> {
  /** Names of what a run or earlier parts hand to them, and of what they hand over. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export function wholeOf({ initializers, nodes, inputs, outputs }: Graph): GraphPart {
  return { initializers, nodes, inputs: inputs.map(({ name }) => name), outputs: outputs.map(({ name }) => name) };
}
