import type { Model } from '../../engine/families/model.ts';
import type { Dialect } from '../../engine/layers/dialect.ts';
import type { ComponentLease, ComponentSource } from '../../engine/memory/component.ts';
import { Components } from '../../engine/memory/components.ts';
import { DeviceMemory } from '../../engine/memory/device-memory.ts';
import type { PipelineEnvironment } from '../../engine/pipelines/stage.ts';
import { storedTensors } from '../../engine/weights/stored-tensor.ts';
import { runCudaGraph } from './cuda-on-cpu.ts';
import { quietEnvironment } from './engine.ts';
import type { ReferenceNetwork } from './networks.ts';

/** A model with a small network of the references as its VAE. */
export function modelWithVae(model: Model, { config, path }: ReferenceNetwork, id: string): Model {
  const vae = { config, configPath: path, files: [path], tensors: () => storedTensors(path) };
  const downscale = 2 ** ((config.block_out_channels as number[]).length - 1);
  const channels = (config.latent_channels as number | undefined) ?? 4;
  const latents = { channels, downscale, multiple: downscale, scale: 1, shift: 0 };
  return { ...model, id, source: { ...model.source, network: () => vae }, latents };
}

class CudaOnCpu extends Components {
  readonly #computeType: Dialect['computeType'];

  constructor(computeType: Dialect['computeType']) {
    super('cpu', DeviceMemory.unmanaged(), { onBusy: () => {}, onChange: () => {} });
    this.#computeType = computeType;
  }

  override async lease(source: ComponentSource): Promise<ComponentLease> {
    const graph = await source.build();
    return { run: (inputs) => runCudaGraph(graph, this.#computeType, inputs), release: () => {} };
  }
}

/** Where components' graphs are those of a GPU's dialect. */
export function cudaEnvironment(dialect: Dialect): PipelineEnvironment {
  return { ...quietEnvironment(), dialect, components: new CudaOnCpu(dialect.computeType) };
}

/** Where all runs are noted, by component and by the sizes of its graph's named dimensions. */
export function observedEnvironment(): { environment: PipelineEnvironment; shapes: Map<string, Set<string>> } {
  const shapes = new Map<string, Set<string>>();
  class Observed extends Components {
    override async lease(source: ComponentSource): Promise<ComponentLease> {
      const lease = await super.lease(source);
      const { inputs: infos } = await source.build();
      return {
        ...lease,
        run(inputs, what, kind) {
          const named = infos.flatMap(({ name, dims }) =>
            dims.flatMap((dim, axis) => (typeof dim === 'string' ? [`${dim}=${inputs[name]?.dims[axis]}`] : [])),
          );
          const seen = shapes.get(source.component) ?? new Set();
          shapes.set(source.component, seen.add([...new Set(named)].sort().join(' ')));
          return lease.run(inputs, what, kind);
        },
      };
    }
  }
  const components = new Observed('cpu', DeviceMemory.unmanaged(), { onBusy: () => {}, onChange: () => {} });
  return { environment: { ...quietEnvironment(), components }, shapes };
}

/** What `runs` say of the same. Dimensions that are no input's are left out, as they are there. */
export function expectedShapes(
  runs: readonly { component: { name: string }; dimensions: Readonly<Record<string, number>> }[],
  seen: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, Set<string>> {
  const expected = new Map<string, Set<string>>();
  for (const { component, dimensions } of runs) {
    const inputs = new Set([...(seen.get(component.name) ?? [])].join(' ').split(/[ =]/));
    const named = Object.entries(dimensions).filter(([name]) => inputs.has(name));
    const words = named.map(([name, size]) => `${name}=${size}`).sort();
    expected.set(component.name, (expected.get(component.name) ?? new Set()).add(words.join(' ')));
  }
  return expected;
}
