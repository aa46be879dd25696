import { byteLength, NumberedGraph } from '../estimate/numbered-graph.ts';
import type { Graph, GraphNode, GraphPart, Initializer } from '../graph.ts';
import type { ValueInfo } from '../value-info.ts';
import { cutPoints, type WeighedNodes } from './cut-points.ts';
import { FreeDimensions } from './free-dimensions.ts';

const graphs = new WeakMap<Graph, CuttableGraph>();
const NOTHING: readonly string[] = [];

/** A graph's nodes apart: those that a run computes, in a row, and those on weights alone, which go where they are read. */
export class CuttableGraph {
  readonly #graph: Graph;
  readonly #nodes: readonly GraphNode[];
  readonly #initializers = new Map<string, Initializer>();
  /** Which node makes a constant that is no initializer. */
  readonly #constantNodes = new Map<string, GraphNode>();
  readonly #free: FreeDimensions;
  readonly #ends: ReadonlyMap<string, ValueInfo>;
  /** The last node that reads a value; endless for what the graph puts out. */
  readonly #lastUse = new Map<string, number>();
  readonly #weighed: WeighedNodes;

  private constructor(graph: Graph) {
    const { inputs, outputs, initializers, nodes } = graph;
    this.#graph = graph;
    this.#free = new FreeDimensions(graph);
    this.#ends = new Map([...inputs, ...outputs].map((info) => [info.name, info]));
    const numbered = NumberedGraph.of(graph);
    for (const each of initializers) this.#initializers.set(each.name, each);
    const computed: GraphNode[] = [];
    for (const node of nodes) {
      if (node.outputs.some((name) => !numbered.isConstant(name) || this.#ends.has(name))) computed.push(node);
      else for (const name of node.outputs) this.#constantNodes.set(name, node);
    }
    this.#nodes = shapesFirst(computed);
    for (const [index, node] of this.#nodes.entries()) {
      for (const name of node.inputs) if (name !== '') this.#lastUse.set(name, index);
    }
    for (const { name } of outputs) this.#lastUse.set(name, Number.POSITIVE_INFINITY);
    this.#weighed = this.#weigh();
  }

  /** The same for the same graph: a plan is searched with parts of several sizes. */
  static of(graph: Graph): CuttableGraph {
    const known = graphs.get(graph) ?? new CuttableGraph(graph);
    graphs.set(graph, known);
    return known;
  }

  /** @param maxBytes what a session may hold of the weights of a part, where no single node reads more */
  parts(maxBytes: number): GraphPart[] {
    const points = cutPoints(this.#weighed, maxBytes);
    return points.map((first, index) => this.#part(first, points[index + 1] ?? this.#nodes.length));
  }

  /** A part as a graph of its own. */
  graphOf({ nodes, initializers, inputs, outputs }: GraphPart): Graph {
    const valueInfo = (name: string) => this.#ends.get(name) ?? this.#free.valueInfo(name);
    return { ...this.#graph, nodes, initializers, inputs: inputs.map(valueInfo), outputs: outputs.map(valueInfo) };
  }

  #part(first: number, end: number): GraphPart {
    const nodes = this.#nodes.slice(first, end);
    const made = new Set(nodes.flatMap(({ outputs }) => outputs));
    const read = new Set(nodes.flatMap(({ inputs }) => inputs));
    const inputs = [...read].filter((name) => {
      return name !== '' && !made.has(name) && !this.#isConstant(name);
    });
    const outputs = [...made].filter((name) => (this.#lastUse.get(name) ?? 0) >= end);
    const constants = this.#constants(nodes);
    return { nodes: [...constants.nodes, ...nodes], initializers: constants.initializers, inputs, outputs };
  }

  #isConstant(name: string): boolean {
    return this.#initializers.has(name) || this.#constantNodes.has(name);
  }

  /** What `nodes` read that is there before a run: the nodes that make it, and the initializers. */
  #constants(nodes: readonly GraphNode[]): { nodes: GraphNode[]; initializers: Initializer[] } {
    const made = new Set<GraphNode>();
    const initializers = new Set<Initializer>();
    const visit = (name: string) => {
      const initializer = this.#initializers.get(name);
      if (initializer) initializers.add(initializer);
      const node = this.#constantNodes.get(name);
      if (!node || made.has(node)) return;
      for (const input of node.inputs) visit(input);
      made.add(node);
    };
    for (const node of nodes) for (const name of node.inputs) visit(name);
    return { nodes: [...made], initializers: [...initializers] };
  }

  #weigh(): WeighedNodes {
    const sizes = new Map<string, number>();
    const weights = this.#nodes.map((node) => {
      if (!node.inputs.some((name) => this.#isConstant(name))) return NOTHING;
      return this.#constants([node]).initializers.flatMap(({ name, data }) => {
        if (data.kind === 'constant') return [];
        sizes.set(name, data.heldBytes);
        return name;
      });
    });
    return { weights, sizes, crossing: this.#crossingBytes() };
  }

  /** Of each node, the bytes of all values that nodes before it make and it or later ones read. */
  #crossingBytes(): number[] {
    const ending = this.#nodes.map(() => 0);
    const crossing: number[] = [];
    let bytes = 0;
    for (const [index, node] of this.#nodes.entries()) {
      crossing.push(bytes);
      for (const name of node.outputs) {
        const last = this.#lastUse.get(name) ?? Number.POSITIVE_INFINITY;
        const endingThere = ending[last];
        if (endingThere === undefined) continue;
        const size = byteLength(this.#free.value(name));
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
