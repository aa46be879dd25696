import { asHeadroomError } from '../contract/errors.ts';
import type { Dialect } from '../layers/dialect.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { add } from '../onnx/operators.ts';
import { cudaProblem } from '../ort/cuda-libraries.ts';
import { type Provider, Session } from '../ort/session.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { probeInputs, probeNetwork } from './probe-network.ts';

/** What WebGPU says where no driver answers, and what it means to a person. */
const NO_ADAPTER = /No supported adapters/;
const NO_VULKAN =
  process.platform === 'linux'
    ? "no graphics card answers through Vulkan: on Debian and Ubuntu, drivers are in mesa-vulkan-drivers, and NVIDIA's own needs libvulkan1, libegl1 and libgl1"
    : 'no graphics card answers';

/** ‖difference‖ / ‖what the processor computes‖; a kernel that is wrong is off by far more. */
const LARGEST_ERROR = { float32: 1e-3, float16: 2e-2 } as const;

/**
 * Why a provider of the runtime cannot be used here, or null where it can: it is tried with the smallest possible graph,
 * because that one is listed does not mean that its libraries and its device are there.
 */
export function providerProblem(provider: Provider): Promise<string | null> {
  return problemOf(provider, async () => {
    const graph = GraphBuilder.create('probe', { opset: 21 });
    const x = graph.input({ name: 'x', type: 'float32', dims: [1] });
    graph.output({ name: 'y', type: 'float32', dims: [1] }, add(graph, x, x));
    await runOn(provider, graph, { x: tensor('float32', [1], Float32Array.of(1)) });
    return null;
  });
}

/** What the processor computes, which each type of each device is compared with. */
let expected: Float32Array | undefined;

/**
 * Why graphs of a dialect cannot be trusted to a device, or null where they can: it is given a small network with all kinds
 * of layers, and the processor computes the same. Kernels that a device's driver compiles are not the same everywhere, and
 * not every device has float16.
 */
export function dialectProblem(provider: Provider, dialect: Dialect): Promise<string | null> {
  return problemOf(provider, async () => {
    expected ??= await runOn('cpu', probeNetwork(cpuDialect), probeInputs());
    const actual = await runOn(provider, probeNetwork(dialect), probeInputs());
    const error = relativeError(actual, expected);
    if (error <= LARGEST_ERROR[dialect.computeType]) return null;
    return `it computes wrongly in ${dialect.computeType} (a small network is off by ${(error * 100).toPrecision(2)} %)`;
  });
}

async function problemOf(provider: Provider, attempt: () => Promise<string | null>): Promise<string | null> {
  try {
    return await attempt();
  } catch (thrown) {
    const missing = provider === 'cuda' ? cudaProblem() : null;
    if (missing !== null) return missing;
    const { message } = asHeadroomError(thrown);
    if (NO_ADAPTER.test(message)) return NO_VULKAN;
    // The runtime's texts begin with names of functions; what happened comes last.
    return message.split(': ').at(-1) ?? message;
  }
}

async function runOn(provider: Provider, graph: GraphBuilder, inputs: Record<string, Tensor>): Promise<Float32Array> {
  const session = await Session.create(graph.build(), { name: 'a probe', provider });
  try {
    const { y } = await session.run(inputs);
    return y?.data as Float32Array;
  } finally {
    await session.release();
  }
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  const error = norm(actual.map((value, index) => value - (expected[index] as number))) / norm(expected);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}
