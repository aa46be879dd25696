import { elementCount } from '../../tensor/tensor.ts';
import { elementBytes } from '../element-type.ts';
import { type Graph, type GraphNode, type Initializer, isKeptWeight } from '../graph.ts';
import { type KnownValue, SHAPE_RULES, type ShapeRule } from './operator-shapes.ts';

/** A node with the numbers of its values; 0 stands for one that is left out. */
export interface NumberedNode {
  readonly name: string;
  readonly operator: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** What is known of a graph's values before a run, by their numbers. */
export type Values = readonly (KnownValue | undefined)[];

const graphs = new WeakMap<Graph, NumberedGraph>();

/**
 * A graph as it is walked for each size that is asked about. Its values have numbers, and what depends on initializers alone
 * is known beforehand.
 */
export class NumberedGraph {
  readonly #graph: Graph;
  readonly #numbers = new Map<string, number>();
  /** Of each value whether it is there before a run, and so what it is. */
  readonly #constants: (KnownValue | undefined)[] = [undefined];
  readonly #computed: (NumberedNode & { readonly node: GraphNode; readonly rule: ShapeRule })[] = [];
  /** Of each value whether nothing that it depends on is computed in a run. */
  readonly #folded = [true];
  readonly #byNode = new Map<GraphNode, NumberedNode & { readonly onWeights: boolean }>();
  #latest: { readonly key: string; readonly values: Values } | undefined;

  private constructor(graph: Graph) {
    this.#graph = graph;
    for (const each of graph.initializers) this.#add(each.name, initializerValue(each), !isKeptWeight(each));
    for (const { name } of graph.inputs) this.#add(name, undefined, false);
    for (const node of graph.nodes) this.#number(node);
  }

  /** The same for the same graph. */
  static of(graph: Graph): NumberedGraph {
    const known = graphs.get(graph) ?? new NumberedGraph(graph);
    graphs.set(graph, known);
    return known;
  }

  /** 0 where the graph has no value of that name. */
  numberOf(name: string): number {
    return this.#numbers.get(name) ?? 0;
  }

  /** Whether it is an initializer, or depends on nothing else. */
  isConstant(name: string): boolean {
    return this.#constants[this.numberOf(name)] !== undefined;
  }

  /** What of these nodes a run computes, in its order: what is made of weights that are kept comes right before its use. */
  inOrder(nodes: readonly GraphNode[]): NumberedNode[] {
    const onWeights = new Map<number, NumberedNode>();
    const ordered = new Set<NumberedNode>();
    const add = (node: NumberedNode) => {
      for (const number of node.inputs) {
        const needed = onWeights.get(number);
        if (needed && !ordered.has(needed)) add(needed);
      }
      ordered.add(node);
    };
    for (const node of nodes) {
      const numbered = this.#byNode.get(node);
      if (!numbered) continue;
      if (!numbered.onWeights) add(numbered);
      else for (const number of numbered.outputs) onWeights.set(number, numbered);
    }
    return [...ordered];
  }

  /**
   * Types and shapes of all values.
   *
   * @param dimensions sizes of the graph's symbolic dimensions, such as `batch`, `height` and `width`
   */
  values(dimensions: Readonly<Record<string, number>>): Values {
    const key = JSON.stringify(dimensions);
    if (this.#latest?.key === key) return this.#latest.values;
    const values = [...this.#constants];
    for (const { name, type, dims } of this.#graph.inputs) {
      const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : size(dimensions, dim)));
      values[this.numberOf(name)] = { type, dims: sizes };
    }
    for (const { node, rule, inputs, outputs } of this.#computed) {
      const made = outputValues(node, rule, inputs, values);
      for (let position = 0; position < outputs.length; position++) {
        const number = outputs[position] as number;
        if (number !== 0) values[number] = made[position];
      }
    }
    this.#latest = { key, values };
    return values;
  }

  #add(name: string, constant: KnownValue | undefined, isFolded: boolean): number {
    if (name === '') return 0;
    const number = this.#constants.push(constant) - 1;
    this.#folded.push(isFolded);
    this.#numbers.set(name, number);
    return number;
  }

  #number(node: GraphNode): void {
    const rule = SHAPE_RULES[node.operator];
    if (!rule) throw new Error(`no shape rule for ${node.operator} (node ${node.name})`);
    const inputs = node.inputs.map((name) => this.numberOf(name));
    const isConstant = inputs.every((number) => number === 0 || this.#constants[number] !== undefined);
    const made = isConstant ? outputValues(node, rule, inputs, this.#constants) : [];
    const isFolded = inputs.every((number) => this.#folded[number]);
    const outputs = node.outputs.map((name, position) => this.#add(name, made[position], isFolded));
    if (isFolded) return;
    const { name, operator } = node;
    const numbered = { name, operator, inputs, outputs, node, rule, onWeights: isConstant };
    this.#byNode.set(node, numbered);
    if (!isConstant) this.#computed.push(numbered);
  }
}

export function byteLength({ type, dims }: KnownValue): number {
  return elementCount(dims) * elementBytes(type);
}

function outputValues(node: GraphNode, rule: ShapeRule, inputs: readonly number[], values: Values): KnownValue[] {
  try {
    return rule(
      inputs.map((number) => values[number]),
      node,
    );
  } catch (error) {
    throw new Error(`${node.operator} (node ${node.name}): ${(error as Error).message}`, { cause: error });
  }
}

function initializerValue({ type, dims, data }: Initializer): KnownValue {
  return data.kind === 'constant' ? { type, dims, contents: data.values } : { type, dims };
}

function size(dimensions: Readonly<Record<string, number>>, name: string): number {
  const value = dimensions[name];
  if (value === undefined) throw new Error(`the size of the dimension "${name}" is not given`);
  return value;
}
