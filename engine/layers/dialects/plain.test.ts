import { afterEach, describe, expect, test } from 'vitest';
import { ReferenceNetwork, relativeError, runOnce, runParts } from '../../../tests/support/networks.ts';
import { type ReferenceCall, referenceCalls } from '../../../tests/support/reference-calls.ts';
import { cutModel } from '../../onnx/cut/cut-model.ts';
import type { ElementType } from '../../onnx/element-type.ts';
import { NumberedGraph } from '../../onnx/estimate/numbered-graph.ts';
import { GraphBuilder } from '../../onnx/graph-builder.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Dialect } from '../dialect.ts';
import { withAttentionSlices } from './attention-slices.ts';
import { cpuDialect } from './cpu.ts';
import { dmlDialect } from './dml.ts';
import { webgpuDialect } from './webgpu.ts';

const NETWORKS = ['unet_sd2', 'unet_inpaint', 'vae', 'clip', 't5', 'flux_dev'];

// The CPU provider has all operators of these dialects. In float16 what is stored between them is rounded: on WebGPU that is
// more, attention scores among it.
const DIALECTS: [string, Dialect, number][] = [
  ['webgpu', webgpuDialect, 2e-2],
  ['webgpu in float32', webgpuDialect.float32, 1e-5],
  ['dml', dmlDialect, 5e-3],
  ['dml in float32', dmlDialect.float32, 1e-5],
];

const networks: ReferenceNetwork[] = [];
afterEach(() => {
  for (const network of networks.splice(0)) network.remove();
});

function calls(name: string, dialect: Dialect): ReferenceCall[] {
  const network = new ReferenceNetwork(name);
  networks.push(network);
  return referenceCalls(network, dialect);
}

describe.each(DIALECTS)('%s', (id, dialect, bound) => {
  test('says what it is', () => {
    expect(dialect.id).toBe(id);
    expect(dialect.float32.computeType).toBe('float32');
    expect(dialect.opset).toBeLessThanOrEqual(21); // where DirectML's kernels end
  });

  test.each(NETWORKS)('%s computes what diffusers or transformers compute', async (name) => {
    for (const { model, inputs, output, expected } of calls(name, dialect)) {
      expect(relativeError((await runOnce(model, inputs))[output], expected)).toBeLessThan(bound);
    }
  });

  test('each node has a kernel of the provider, or computes shapes and positions', () => {
    const kernels = id.startsWith('webgpu') ? WEBGPU_KERNELS : DIRECTML_KERNELS;
    const all = NETWORKS.flatMap((name) => calls(name, dialect));
    expect(all.flatMap((call) => operatorsOnNumbers(call)).filter((operator) => !kernels.has(operator))).toEqual([]);
  });
});

test.each([
  ['webgpu', webgpuDialect.float32],
  ['dml', dmlDialect.float32],
])('%s: in parts, and with attention in slices, it computes the same', async (_, dialect) => {
  for (const { model, inputs, output, expected } of calls('flux_dev', withAttentionSlices(dialect, 3))) {
    const parts = cutModel(model, model.weightBytes / 5);
    expect(parts.length).toBeGreaterThanOrEqual(5);
    expect(relativeError((await runParts(parts, inputs))[output], expected)).toBeLessThan(1e-5);
  }
});

test.each([
  ['webgpu', webgpuDialect.float32],
  ['dml', dmlDialect.float32],
])('%s: a bias for all entries of a batch, with later tokens hidden, gives what the CPU gives', async (_, tested) => {
  const numbers = (dims: number[], step: number) => {
    const count = dims.reduce((product, dim) => product * dim, 1);
    const values = Float32Array.from({ length: count }, (_, index) => Math.sin(index * step));
    return tensor('float32', dims, values);
  };
  const inputs = { tokens: numbers([2, 3, 8], 0.7), bias: numbers([1, 2, 3, 3], 1.3) };
  const [expected, result] = await Promise.all(
    [cpuDialect, tested].map(async (dialect) => {
      const g = GraphBuilder.create('attention', dialect);
      const tokens = g.input({ name: 'tokens', type: 'float32', dims: [2, 3, 8] });
      const positionBias = g.input({ name: 'bias', type: 'float32', dims: [1, 2, 3, 3] });
      const options = { heads: 2, headSize: 4, causal: true, upcast: false, positionBias };
      g.output({ name: 'y', type: 'float32', dims: [2, 3, 8] }, dialect.attention(g, tokens, tokens, tokens, options));
      return (await runOnce(g.build(), inputs)).y;
    }),
  );
  expect(relativeError(result, expected?.data as Float32Array)).toBeLessThan(1e-6);
});

/** Both providers have these for float16 and float32 at opset 21. */
const COMMON = `Add ArgMax Cast Clip Concat Conv Cos Expand Gather GatherND Identity InstanceNormalization
  LayerNormalization Mul Pad Reshape Resize Shape SimplifiedLayerNormalization Sin Slice Split Transpose Trilu Unsqueeze
  com.microsoft.FastGelu com.microsoft.Gelu com.microsoft.QuickGelu com.microsoft.RotaryEmbedding`;
/** What onnxruntime 1.29.0 gave to the provider when it ran these graphs. */
const WEBGPU_KERNELS = words(`${COMMON} Flatten Gemm MatMul Softmax`);
/** onnxruntime: docs/OperatorKernels.md, DmlExecutionProvider. */
const DIRECTML_KERNELS = words(`${COMMON} com.microsoft.FusedMatMul com.microsoft.MultiHeadAttention`);

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

const REAL: readonly (ElementType | undefined)[] = ['float32', 'float16'];

/** Operators whose first input is real numbers: whole ones are token ids, shapes and positions. */
function operatorsOnNumbers({ model, inputs }: ReferenceCall): string[] {
  const sizes = model.inputs.flatMap(({ name, dims }) => dims.map((dim, axis) => [dim, inputs[name]?.dims[axis]]));
  const graph = NumberedGraph.of(model.graph);
  const values = graph.values(Object.fromEntries(sizes));
  const onNumbers = model.graph.nodes.filter(({ inputs: [x = ''] }) => REAL.includes(values[graph.numberOf(x)]?.type));
  return onNumbers.map(({ domain, operator }) => (domain ? `${domain}.${operator}` : operator));
}
