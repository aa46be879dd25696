import { asHeadroomError } from '../contract/errors.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { add } from '../onnx/operators.ts';
import { cudaProblem } from '../ort/cuda-libraries.ts';
import { type Provider, Session } from '../ort/session.ts';
import { tensor } from '../tensor/tensor.ts';

/**
 * Why a provider of the runtime cannot be used here, or null where it can: it is tried with the smallest possible graph,
 * because that one is listed does not mean that its libraries and its device are there.
 */
export async function providerProblem(provider: Provider): Promise<string | null> {
  try {
    const graph = GraphBuilder.create('probe', 21);
    const x = graph.input({ name: 'x', type: 'float32', dims: [1] });
    graph.output({ name: 'y', type: 'float32', dims: [1] }, add(graph, x, x));
    const session = await Session.create(graph.build().bytes, { name: 'a probe', provider });
    try {
      await session.run({ x: tensor('float32', [1], Float32Array.of(1)) });
    } finally {
      await session.release();
    }
    return null;
  } catch (thrown) {
    const missing = provider === 'cuda' ? cudaProblem() : null;
    if (missing !== null) return missing;
    const { message } = asHeadroomError(thrown);
    // The runtime's texts begin with names of functions; what happened comes last.
    return message.split(': ').at(-1) ?? message;
  }
}
