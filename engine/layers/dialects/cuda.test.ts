import { fromBinary } from '@bufbuild/protobuf';
import { afterEach, describe, expect, test } from 'vitest';
import { runCudaGraph } from '../../../tests/support/cuda-on-cpu.ts';
import { ReferenceNetwork, relativeError, runOnce, withScales } from '../../../tests/support/networks.ts';
import { referenceCalls } from '../../../tests/support/reference-calls.ts';
import type { StoredType } from '../../../tests/support/safetensors.ts';
import { parseClipTextConfig } from '../../models/clip/config.ts';
import { buildClipTextEncoder } from '../../models/clip/graph.ts';
import { parseUnetConfig } from '../../models/unet/config.ts';
import { buildUnet } from '../../models/unet/graph.ts';
import { parseVaeConfig } from '../../models/vae/config.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../../models/vae/graph.ts';
import { type ElementType, onnxType } from '../../onnx/element-type.ts';
import { hasConstantNodes } from '../../onnx/graph.ts';
import { GraphBuilder, type OnnxModel } from '../../onnx/graph-builder.ts';
import { ModelProtoSchema } from '../../onnx/proto/onnx_pb.ts';
import { tensor } from '../../tensor/tensor.ts';
import { WeightView } from '../../weights/weight-view.ts';
import type { Dialect } from '../dialect.ts';
import { cpuDialect } from './cpu.ts';
import { cudaDialect } from './cuda.ts';

/** The bounds of diffusers' own results: float16 rounds what is stored between kernels. */
const PRECISIONS = [
  ['float32', cudaDialect.float32, 1e-5],
  ['float16', cudaDialect, 5e-3],
] as const;
const UNETS = ['unet_sd15', 'unet_sd2', 'unet_inpaint', 'unet_only_cross_attention', 'unet_sdxl', 'unet_rare'];
const VAES = ['vae', 'vae_old_names', 'vae_bare'];
const TEXT_ENCODERS = [
  ['clip', 'plain'],
  ['clip_projected', 'projected'],
] as const;

const TRANSFORMERS = ['flux_dev', 'flux_schnell', 't5'];

const networks: ReferenceNetwork[] = [];
afterEach(() => {
  for (const network of networks.splice(0)) network.remove();
});

function open(name: string, dtype: StoredType = 'F32'): ReferenceNetwork {
  const network = new ReferenceNetwork(name, dtype, dtype.startsWith('F8') ? withScales : undefined);
  networks.push(network);
  return network;
}

function unet(network: ReferenceNetwork, dialect: Dialect): OnnxModel {
  return buildUnet(parseUnetConfig(network.config, 'config.json'), WeightView.open(network.path), dialect);
}

function vae(network: ReferenceNetwork, dialect: Dialect): { encoder: OnnxModel; decoder: OnnxModel } {
  const config = parseVaeConfig(network.config, 'config.json');
  const weights = WeightView.open(network.path);
  return { encoder: buildVaeEncoder(config, weights, dialect), decoder: buildVaeDecoder(config, weights, dialect) };
}

function textEncoder(network: ReferenceNetwork, pooled: 'plain' | 'projected', dialect: Dialect): OnnxModel {
  const config = parseClipTextConfig(network.config, 'config.json');
  return buildClipTextEncoder(config, WeightView.open(network.path), dialect, { pooled });
}

describe.each(PRECISIONS)('in %s', (computeType, dialect, bound) => {
  test.each(UNETS)('%s predicts what diffusers predicts', async (name) => {
    const network = open(name);
    const timestep = tensor('float32', [1], Float32Array.of(name === 'unet_inpaint' ? 0.5 : 741));
    const inputs = { ...network.inputs, timestep };
    const { prediction } = await runCudaGraph(unet(network, dialect), computeType, inputs);
    expect(relativeError(prediction, network.output('prediction'))).toBeLessThan(bound);
  });

  test.each(VAES)('%s encodes and decodes as diffusers does', async (name) => {
    const network = open(name);
    const { encoder, decoder } = vae(network, dialect);
    const { mean } = await runCudaGraph(encoder, computeType, { sample: network.input('sample') });
    const { image } = await runCudaGraph(decoder, computeType, { latents: network.input('latents') });
    expect(relativeError(mean, network.output('mean'))).toBeLessThan(bound);
    expect(relativeError(image, network.output('image'))).toBeLessThan(bound);
  });

  test.each(TEXT_ENCODERS)('%s encodes as transformers does', async (name, pooledKind) => {
    const network = open(name);
    const model = textEncoder(network, pooledKind, dialect);
    const { hidden_states, pooled } = await runCudaGraph(model, computeType, { input_ids: network.inputIds });
    expect(relativeError(hidden_states, network.output('last'))).toBeLessThan(bound);
    expect(relativeError(pooled, network.output('pooled'))).toBeLessThan(bound);
  });

  test.each(TRANSFORMERS)('%s gives what diffusers and transformers give', async (name) => {
    for (const { model, inputs, output, expected } of referenceCalls(open(name), dialect)) {
      const { [output]: result } = await runCudaGraph(model, computeType, inputs);
      expect(relativeError(result, expected)).toBeLessThan(name === 't5' ? 2.5 * bound : bound);
    }
  });

  test('every node has a CUDA kernel for its type, and none computes shapes', () => {
    const models = UNETS.map((name) => unet(open(name), dialect));
    for (const name of VAES) models.push(...Object.values(vae(open(name), dialect)));
    for (const [name, pooled] of TEXT_ENCODERS) models.push(textEncoder(open(name), pooled, dialect));
    models.push(...TRANSFORMERS.flatMap((name) => referenceCalls(open(name), dialect).map(({ model }) => model)));
    models.push(gatedGelu(dialect, 1280));
    expect(models.flatMap(nodesWithoutKernel)).toEqual([]);
  });

  test.each<StoredType>(['BF16', 'F8_E4M3', 'F8_E5M2'])('so has every node on weights in %s', (dtype) => {
    const names = ['unet_sdxl', 'clip', 'clip_projected'];
    const models = names.flatMap((name) => referenceCalls(open(name, dtype), dialect).map(({ model }) => model));
    expect(models.flatMap(nodesWithoutKernel)).toEqual([]);
  });
});

test.each<[string, StoredType]>([
  ['unet_sdxl', 'F16'],
  ['vae', 'F16'],
  ['clip', 'F16'],
  ['clip', 'BF16'],
  ['clip', 'F8_E4M3'],
  ['flux_dev', 'F16'],
  ['flux_dev', 'F8_E4M3'],
])('%s in %s leaves the runtime nothing to compute when it makes a session', (name, dtype) => {
  const models = referenceCalls(open(name, dtype), cudaDialect).map(({ model }) => model);
  expect(models.filter(({ graph }) => hasConstantNodes(graph))).toEqual([]);
});

test.each([1280, 24])('GEGLU with %i channels gives what the CPU gives', async (channels) => {
  const x = tensor(
    'float32',
    [1, 3, 4],
    Float32Array.from({ length: 12 }, (_, index) => Math.sin(index)),
  );
  const { y: expected } = await runOnce(gatedGelu(cpuDialect, channels), { x });
  const { y } = await runCudaGraph(gatedGelu(cudaDialect.float32, channels), 'float32', { x });
  expect(relativeError(y, expected?.data as Float32Array)).toBeLessThan(1e-6);
});

function gatedGelu(dialect: Dialect, channels: number): OnnxModel {
  const g = GraphBuilder.create('gated_gelu', dialect);
  const x = g.input({ name: 'x', type: dialect.computeType, dims: [1, 3, 4] });
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => Math.cos(index));
  const typed = (dims: number[]) => {
    const constant = g.constant('float32', numbers(dims.reduce((product, dim) => product * dim, 1)), dims);
    return g.node('Cast', [constant], { attributes: { to: { kind: 'int', value: onnxType(dialect.computeType) } } });
  };
  const weight = { value: typed([2 * channels, 4]), isTransposed: false };
  const y = dialect.gatedGelu(x, { graph: g, weight, bias: typed([2 * channels]) }, channels);
  g.output({ name: 'y', type: dialect.computeType, dims: [1, 3, channels] }, y);
  return g.build();
}

/**
 * Types of the first input for which onnxruntime's CUDA provider has a kernel at opset 21 (docs/OperatorKernels.md), of
 * the operators that the dialect may use and the types that graphs have.
 */
const REAL: readonly ElementType[] = ['float32', 'float16'];
const ALL: readonly ElementType[] = [...REAL, 'int64', 'int32'];
const KERNELS: Readonly<Record<string, readonly ElementType[]>> = {
  '.Add': ALL,
  '.ArgMax': REAL,
  '.Cast': [...ALL, 'bfloat16', 'float8e4m3', 'float8e5m2'],
  '.Clip': [...REAL, 'int64'],
  '.Concat': ALL,
  '.Cos': REAL,
  '.Equal': ALL,
  '.Expand': ALL,
  '.Gather': [...ALL, 'bfloat16'],
  '.GatherND': [...REAL, 'int64'],
  '.Identity': ALL,
  '.InstanceNormalization': REAL,
  '.LayerNormalization': REAL,
  '.Mul': ALL,
  '.Pad': REAL,
  '.Reshape': ALL,
  '.Resize': [...REAL, 'int32'],
  '.Shape': ALL,
  '.Sin': REAL,
  '.SimplifiedLayerNormalization': REAL,
  '.Slice': ALL,
  '.Split': ALL,
  '.Sub': ALL,
  '.Transpose': ALL,
  '.Unsqueeze': ALL,
  'com.microsoft.BiasAdd': REAL,
  'com.microsoft.BiasSplitGelu': REAL,
  'com.microsoft.FastGelu': REAL,
  'com.microsoft.FusedMatMul': REAL,
  'com.microsoft.Gelu': REAL,
  'com.microsoft.GroupNorm': REAL,
  'com.microsoft.MultiHeadAttention': REAL,
  'com.microsoft.QuickGelu': REAL,
  'com.microsoft.RotaryEmbedding': REAL,
  'com.microsoft.SkipGroupNorm': REAL,
  'com.microsoft.SkipLayerNormalization': REAL,
  'com.microsoft.SkipSimplifiedLayerNormalization': REAL,
  'com.ms.internal.nhwc.Conv': REAL,
};
/** Inputs that these kernels take from the CPU's memory, where shapes are. */
const SHAPE_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Reshape: [1],
  Expand: [1],
  Slice: [1, 2],
  Resize: [3],
};

/** Behind these a transpose is still one to onnxruntime, which gathers the shape of what comes out on the CPU. */
const KEEP_TRANSPOSED = new Set(['Add', 'Cast', 'Mul', 'QuickGelu', 'Transpose']);

/** What onnxruntime would run on the CPU, or copy there and back. */
function nodesWithoutKernel({ bytes }: OnnxModel): string[] {
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  const types = new Map<string, number>();
  const shapes = new Set<string>();
  const transposed = new Set<string>();
  const faults: string[] = [];
  for (const { name, type } of graph?.input ?? []) {
    if (type?.value.case === 'tensorType') types.set(name, type.value.value.elemType);
  }
  for (const { name, dataType } of graph?.initializer ?? []) types.set(name, dataType);
  for (const { domain, opType, name, input, output, attribute } of graph?.node ?? []) {
    const type = types.get(input[0] as string);
    const allowed: number[] = KERNELS[`${domain}.${opType}`]?.map(onnxType) ?? [];
    const boolean = opType === 'Cast' && type === BOOL;
    if (type === undefined || (!allowed.includes(type) && !boolean)) faults.push(`${name}: ${opType} of type ${type}`);
    for (const [index, value] of input.entries()) {
      if (shapes.has(value) && !SHAPE_INPUTS[opType]?.includes(index))
        faults.push(`${name}: ${opType} computes a shape`);
    }
    if (opType === 'Shape' && transposed.has(input[0] as string)) faults.push(`${name}: the shape of a transpose`);
    if (opType === 'Shape') shapes.add(output[0] as string);
    const moved = opType === 'Transpose' || input.some((value) => transposed.has(value));
    if (moved && KEEP_TRANSPOSED.has(opType)) transposed.add(output[0] as string);
    const result = resultType(opType, type as number, Number(attribute.find(({ name: key }) => key === 'to')?.i));
    for (const value of output) types.set(value, result);
  }
  return faults;
}

/** TensorProto_DataType of comparisons. */
const BOOL = 9;

function resultType(opType: string, input: number, cast: number): number {
  if (opType === 'Cast') return cast;
  if (opType === 'Equal') return BOOL;
  return opType === 'Shape' || opType === 'ArgMax' ? onnxType('int64') : input;
}
