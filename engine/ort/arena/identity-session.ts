import { GraphBuilder } from '../../onnx/graph-builder.ts';
import { type NativeObjects, withObjects } from './native-objects.ts';
import type { OrtApi, Pointer } from './ort-api.ts';
import { LOG_LEVEL } from './ort-functions.ts';
import type { ProviderFacts } from './providers.ts';

const OPSET = 21;

/**
 * Creates a session of the smallest graph there is: `y` = `x`, one float.
 * @throws RuntimeError where the provider cannot start
 */
export function createIdentitySession(
  api: OrtApi,
  objects: NativeObjects,
  provider: ProviderFacts,
  env: Pointer,
): Pointer {
  return withObjects(api, (temporary) => {
    const options = temporary.create('createSessionOptions', 'releaseSessionOptions');
    api.call('setSessionLogSeverityLevel', options, LOG_LEVEL);
    api.call('setIntraOpNumThreads', options, 1);
    for (const [key, value] of Object.entries(provider.sessionOptions.config)) {
      api.call('addSessionConfigEntry', options, key, value);
    }
    if (provider.name === 'CUDAExecutionProvider') {
      const cuda = temporary.create('createCudaProviderOptions', 'releaseCudaProviderOptions');
      api.call('appendCudaProviderV2', options, cuda);
    }
    const graph = identityGraph();
    return objects.create('createSessionFromArray', 'releaseSession', env, graph, graph.length, options);
  });
}

function identityGraph(): Uint8Array {
  const g = GraphBuilder.create('arena', { opset: OPSET });
  const x = g.input({ name: 'x', type: 'float32', dims: [1] });
  g.output({ name: 'y', type: 'float32', dims: [1] }, x);
  return g.build().bytes;
}
