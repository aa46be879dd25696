import { float, int, ints } from '../../engine/onnx/attributes.ts';
import { type ElementType, onnxType } from '../../engine/onnx/element-type.ts';
import { type GraphNode, type Initializer, isKeptWeight } from '../../engine/onnx/graph.ts';
import { type OnnxModel, onnxModel } from '../../engine/onnx/graph-builder.ts';
import type { Tensor } from '../../engine/tensor/tensor.ts';
import { runOnce } from './networks.ts';

/**
 * Runs a graph of the CUDA dialect once where there is no GPU.
 *
 * @param computeType what the graph's images and tokens are
 */
export function runCudaGraph(
  model: OnnxModel,
  computeType: ElementType,
  inputs: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  return runOnce(spelledOut(model, computeType), inputs);
}

/**
 * The same graph with the operators that only CUDA has spelled in standard ones, as onnxruntime documents them
 * (docs/ContribOperators.md).
 */
function spelledOut({ graph, externalDataRoot }: OnnxModel, computeType: ElementType): OnnxModel {
  const nodes: GraphNode[] = [];
  const initializers = [...graph.initializers];
  const constants = new Set(initializers.filter((each) => !isKeptWeight(each)).map(({ name }) => name));
  for (const node of graph.nodes) {
    if (node.inputs.every((name) => constants.has(name))) for (const name of node.outputs) constants.add(name);
    const rewrite = REWRITES[`${node.domain}.${node.operator}`];
    if (rewrite) rewrite(new Spelling({ nodes, initializers, constants }, node, computeType));
    else nodes.push(node);
  }
  // With something to fold, the optimizer is on in every graph: the processor rounds float16 in other places where it is off.
  initializers.push({ name: 'one', type: 'float32', dims: [1], data: { kind: 'constant', values: [1] } });
  nodes.push({ name: 'same', operator: 'Identity', domain: '', inputs: ['one'], outputs: ['same'], attributes: {} });
  return onnxModel({ ...graph, nodes, initializers }, externalDataRoot);
}

const REWRITES: Record<string, (s: Spelling) => void> = {
  // Where they are not constant, but the bias is, filters are channels last, too.
  'com.ms.internal.nhwc.Conv': (s) => {
    const filters = s.isConstant(1) || !s.isConstant(2) ? s.input(1) : s.toFirst(s.input(1));
    s.finish(s.toLast(s.copy('Conv', [s.toFirst(s.input(0)), filters, s.bias(2)])));
  },
  'com.microsoft.GroupNorm': (s) => s.finish(s.groupNorm(s.input(0))),
  'com.microsoft.SkipGroupNorm': (s) => {
    const perImage = s.node('Unsqueeze', [s.input(3), s.constant('int64', [1, 2])]);
    const sum = s.node('Add', [s.input(0), perImage]);
    s.finish(s.groupNorm(s.bias(4) === '' ? sum : s.node('Add', [sum, s.bias(4)])));
  },
  'com.microsoft.BiasAdd': (s) => s.finish(s.node('Add', [s.node('Add', [s.input(0), s.input(1)]), s.input(2)])),
  'com.microsoft.BiasSplitGelu': (s) => {
    const [value, gate] = s.halves(s.node('Add', [s.input(0), s.input(1)]));
    s.finish(s.node('Mul', [value, s.node('Gelu', [gate], {}, 'com.microsoft')]));
  },
};

interface SpelledGraph {
  readonly nodes: GraphNode[];
  readonly initializers: Initializer[];
  /** Values that no run changes. */
  readonly constants: ReadonlySet<string>;
}

/** One node that is replaced by several. */
class Spelling {
  readonly #into: SpelledGraph;
  readonly #node: GraphNode;
  readonly #computeType: ElementType;
  #count = 0;

  constructor(into: SpelledGraph, node: GraphNode, computeType: ElementType) {
    this.#into = into;
    this.#node = node;
    this.#computeType = computeType;
  }

  isConstant(index: number): boolean {
    return this.#into.constants.has(this.bias(index));
  }

  input(index: number): string {
    return this.#node.inputs[index] as string;
  }

  bias(index: number): string {
    return this.#node.inputs[index] ?? '';
  }

  node(operator: string, inputs: string[], attributes: GraphNode['attributes'] = {}, domain = ''): string {
    const name = this.#name();
    this.#into.nodes.push({ name, operator, domain, inputs, outputs: [name], attributes });
    return name;
  }

  /** The node's own attributes on another operator. */
  copy(operator: string, inputs: string[]): string {
    return this.node(operator, inputs, this.#node.attributes);
  }

  constant(type: 'float32' | 'int64', values: number[]): string {
    const name = this.#name();
    this.#into.initializers.push({ name, type, dims: [values.length], data: { kind: 'constant', values } });
    return name;
  }

  /** The replaced node's output is `value`. */
  finish(value: string): void {
    const { outputs } = this.#node;
    this.#into.nodes.push({
      name: this.#name(),
      operator: 'Identity',
      domain: '',
      inputs: [value],
      outputs,
      attributes: {},
    });
  }

  toFirst(value: string): string {
    return this.node('Transpose', [value], { perm: ints([0, 3, 1, 2]) });
  }

  toLast(value: string): string {
    return this.node('Transpose', [value], { perm: ints([0, 2, 3, 1]) });
  }

  halves(value: string): [string, string] {
    const [name, second] = [this.#name(), this.#name()];
    const attributes = { axis: int(-1), num_outputs: int(2) };
    const outputs = [name, second];
    this.#into.nodes.push({ name, operator: 'Split', domain: '', inputs: [value], outputs, attributes });
    return [name, second];
  }

  /** Inputs 1 and 2 are scale and bias, in float32. */
  groupNorm(image: string): string {
    const groups = this.#attribute('groups');
    if (this.#attribute('channels_last') !== 1) throw new Error('CUDA has this group norm with channels last only.');
    const first = this.node('Cast', [this.toFirst(image)], { to: int(onnxType('float32')) });
    const flat = this.node('Reshape', [first, this.constant('int64', [0, groups, -1])]);
    const ones = this.constant('float32', Array<number>(groups).fill(1));
    const zeros = this.constant('float32', Array<number>(groups).fill(0));
    const epsilon = float(this.#attribute('epsilon'));
    const normalized = this.node('InstanceNormalization', [flat, ones, zeros], { epsilon });
    const restored = this.toLast(this.node('Reshape', [normalized, this.node('Shape', [first])]));
    const result = this.node('Add', [this.node('Mul', [restored, this.input(1)]), this.input(2)]);
    const silu = this.#attribute('activation') === 1;
    const activated = silu ? this.node('QuickGelu', [result], { alpha: float(1) }, 'com.microsoft') : result;
    return this.node('Cast', [activated], { to: int(onnxType(this.#computeType)) });
  }

  #attribute(name: string): number {
    return this.#node.attributes[name]?.value as number;
  }

  #name(): string {
    this.#count += 1;
    return `${this.#node.name}/${this.#count}`;
  }
}
