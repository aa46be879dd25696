import { elementBytes } from '../element-type.ts';
import { type Graph, type GraphNode, type Initializer, isKeptWeight } from '../graph.ts';
import { elements, type KnownValue, SHAPE_RULES } from './operator-shapes.ts';

/** What is known of a graph's values before a run. */
export interface InferredGraph {
  readonly values: ReadonlyMap<string, KnownValue>;
  /** Initializers, and what depends on nothing else. */
  readonly constants: ReadonlySet<string>;
  /** Of these, what is computed when the session is created: all that depends on no kept weight. */
  readonly folded: ReadonlySet<string>;
}

/**
 * Types and shapes of all values of a graph.
 *
 * @param dimensions sizes of the graph's symbolic dimensions, such as `batch`, `height` and `width`
 * @param known inputs whose shapes do not follow from those
 */
export function inferValues(
  { inputs, initializers, nodes }: Graph,
  dimensions: Readonly<Record<string, number>>,
  known: ReadonlyMap<string, KnownValue> = new Map(),
): InferredGraph {
  const values = new Map<string, KnownValue>();
  for (const initializer of initializers) values.set(initializer.name, initializerValue(initializer));
  const constants = new Set(values.keys());
  const folded = new Set(constants);
  for (const { name } of initializers.filter(isKeptWeight)) folded.delete(name);
  for (const { name, type, dims } of inputs) {
    const sizes = () => dims.map((dim) => (typeof dim === 'number' ? dim : size(dimensions, dim)));
    values.set(name, known.get(name) ?? { type, dims: sizes() });
  }
  for (const node of nodes) {
    const outputs = outputValues(node, values);
    for (const [position, name] of node.outputs.entries()) {
      if (name !== '') values.set(name, outputs[position] as KnownValue);
    }
    for (const known of [constants, folded]) {
      if (node.inputs.every((name) => name === '' || known.has(name))) for (const name of node.outputs) known.add(name);
    }
  }
  return { values, constants, folded };
}

export function byteLength({ type, dims }: KnownValue): number {
  return elements(dims) * elementBytes(type);
}

function outputValues(node: GraphNode, values: ReadonlyMap<string, KnownValue>): KnownValue[] {
  const rule = SHAPE_RULES[node.operator];
  if (!rule) throw new Error(`no shape rule for ${node.operator} (node ${node.name})`);
  try {
    return rule(
      node.inputs.map((name) => values.get(name)),
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
