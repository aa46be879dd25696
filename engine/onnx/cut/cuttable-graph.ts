import { byteLength } from '../estimate/infer-values.ts';
import type { KnownValue } from '../estimate/operator-shapes.ts';
import type { Graph, GraphNode, Initializer } from '../graph.ts';
import type { ValueInfo } from '../value-info.ts';
import { FreeDimensions } from './free-dimensions.ts';

/** A graph's nodes apart: those that a run computes, in a row, and those on weights alone, which go where they are read. */
export class CuttableGraph {
  readonly nodes: readonly GraphNode[];
  readonly #initializers = new Map<string, Initializer>();
  /** Which node makes a constant that is no initializer. */
  readonly #constantNodes = new Map<string, GraphNode>();
  readonly #free: FreeDimensions;
  readonly #ends: ReadonlyMap<string, ValueInfo>;

  constructor(graph: Graph) {
    const { inputs, outputs, initializers, nodes } = graph;
    this.#free = new FreeDimensions(graph);
    this.#ends = new Map([...inputs, ...outputs].map((info) => [info.name, info]));
    const { constants } = this.#free.inferred;
    for (const each of initializers) this.#initializers.set(each.name, each);
    const computed: GraphNode[] = [];
    for (const node of nodes) {
      if (node.outputs.some((name) => !constants.has(name) || this.#ends.has(name))) computed.push(node);
      else for (const name of node.outputs) this.#constantNodes.set(name, node);
    }
    this.nodes = shapesFirst(computed);
  }

  /** What `nodes` read that a run computes or is given, each name once. */
  computedInputs(nodes: readonly GraphNode[]): string[] {
    return inputNames(nodes).filter((name) => !this.#initializers.has(name) && !this.#constantNodes.has(name));
  }

  /** What `nodes` read that is there before a run: the nodes that make it, and the initializers. */
  constants(nodes: readonly GraphNode[]): { nodes: GraphNode[]; initializers: Initializer[] } {
    const made: GraphNode[] = [];
    const initializers = new Set<Initializer>();
    const visit = (name: string) => {
      const initializer = this.#initializers.get(name);
      if (initializer) initializers.add(initializer);
      const node = this.#constantNodes.get(name);
      if (!node || made.includes(node)) return;
      for (const input of inputNames([node])) visit(input);
      made.push(node);
    };
    for (const name of inputNames(nodes)) visit(name);
    return { nodes: made, initializers: [...initializers] };
  }

  /** Of each node, the bytes of all values that nodes before it make and it or later ones read. */
  crossingBytes(): number[] {
    const lastUse = new Map<string, number>();
    for (const [index, node] of this.nodes.entries()) for (const name of inputNames([node])) lastUse.set(name, index);
    const ending = this.nodes.map(() => 0);
    const crossing: number[] = [];
    let bytes = 0;
    for (const [index, node] of this.nodes.entries()) {
      crossing.push(bytes);
      for (const name of node.outputs) {
        const last = lastUse.get(name);
        if (last === undefined) continue;
        const size = byteLength(this.#free.inferred.values.get(name) as KnownValue);
        bytes += size;
        ending[last] = (ending[last] as number) + size;
      }
      bytes -= ending[index] as number;
    }
    return crossing;
  }

  /** A value as an input or output of a part. */
  valueInfo(name: string): ValueInfo {
    return this.#ends.get(name) ?? this.#free.valueInfo(name);
  }
}

export function inputNames(nodes: readonly GraphNode[]): string[] {
  return [...new Set(nodes.flatMap(({ inputs }) => inputs))].filter((name) => name !== '');
}

/** The same nodes with each Shape right after what it measures: a few numbers are handed over then and not a whole value. */
function shapesFirst(nodes: readonly GraphNode[]): GraphNode[] {
  const shapes = new Map<string, GraphNode[]>();
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const others = nodes.filter((node) => {
    const [measured = ''] = node.inputs;
    if (node.operator !== 'Shape' || !made.has(measured)) return true;
    shapes.set(measured, [...(shapes.get(measured) ?? []), node]);
    return false;
  });
  return others.flatMap((node) => [node, ...node.outputs.flatMap((name) => shapes.get(name) ?? [])]);
}
