import { byteLength } from '../estimate/infer-values.ts';
import type { KnownValue } from '../estimate/operator-shapes.ts';
import type { Graph, GraphNode, Initializer } from '../graph.ts';
import type { ValueInfo } from '../value-info.ts';
import type { WeighedNodes } from './cut-points.ts';
import { FreeDimensions } from './free-dimensions.ts';

/** A graph's nodes apart: those that a run computes, in a row, and those on weights alone, which go where they are read. */
export class CuttableGraph {
  readonly nodes: readonly GraphNode[];
  /** What is to be known of them for a cut. */
  readonly weighed: WeighedNodes;
  readonly #initializers = new Map<string, Initializer>();
  /** Which node makes a constant that is no initializer. */
  readonly #constantNodes = new Map<string, GraphNode>();
  readonly #free: FreeDimensions;
  readonly #ends: ReadonlyMap<string, ValueInfo>;
  readonly #lastUse = new Map<string, number>();

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
    for (const [index, node] of this.nodes.entries()) {
      for (const name of node.inputs) if (name !== '') this.#lastUse.set(name, index);
    }
    for (const { name } of outputs) this.#lastUse.set(name, Number.POSITIVE_INFINITY);
    this.weighed = this.#weigh();
  }

  /** The last node that reads a value, endless for what the graph puts out, -1 for what nobody wants. */
  lastUse(name: string): number {
    return this.#lastUse.get(name) ?? -1;
  }

  /** What `nodes` read that a run computes or is given, each name once. */
  computedInputs(nodes: readonly GraphNode[]): string[] {
    const names = new Set(nodes.flatMap(({ inputs }) => inputs));
    return [...names].filter((name) => {
      return name !== '' && !this.#initializers.has(name) && !this.#constantNodes.has(name);
    });
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
      for (const input of node.inputs) visit(input);
      made.push(node);
    };
    for (const node of nodes) for (const name of node.inputs) visit(name);
    return { nodes: made, initializers: [...initializers] };
  }

  /** A value as an input or output of a part. */
  valueInfo(name: string): ValueInfo {
    return this.#ends.get(name) ?? this.#free.valueInfo(name);
  }

  #weigh(): WeighedNodes {
    const sizes = new Map<string, number>();
    const weights = this.nodes.map((node) => {
      return this.constants([node]).initializers.flatMap(({ name, data }) => {
        if (data.kind !== 'weight') return [];
        sizes.set(name, data.heldBytes);
        return name;
      });
    });
    return { weights, sizes, crossing: this.#crossingBytes() };
  }

  /** Of each node, the bytes of all values that nodes before it make and it or later ones read. */
  #crossingBytes(): number[] {
    const ending = this.nodes.map(() => 0);
    const crossing: number[] = [];
    let bytes = 0;
    for (const [index, node] of this.nodes.entries()) {
      crossing.push(bytes);
      for (const name of node.outputs) {
        const last = this.lastUse(name);
        const endingThere = ending[last];
        if (endingThere === undefined) continue;
        const size = byteLength(this.#free.inferred.values.get(name) as KnownValue);
        bytes += size;
        ending[last] = endingThere + size;
      }
      bytes -= ending[index] as number;
    }
    return crossing;
  }
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
