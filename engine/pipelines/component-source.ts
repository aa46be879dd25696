import { HeadroomError } from '../contract/errors.ts';
import { componentUpdates } from '../families/adapters.ts';
import type { ComponentRecord } from '../families/family.ts';
import { componentDialect, componentTensors, denoiserOf, type Model } from '../families/model.ts';
import type { Dialect } from '../layers/dialect.ts';
import type { ComponentSource } from '../memory/component.ts';
import type { StoredTensor } from '../weights/stored-tensor.ts';
import { loadedGraph, loadedVersion } from './loaded-graph.ts';
import { networkName } from './network-need.ts';
import { breathe, type Stage } from './stage.ts';

export interface SourceOptions {
  /** By default the device's. */
  readonly dialect?: Dialect | undefined;
  /** Into how many parts its weights are cut. Those that stay take the place of other components. */
  readonly parts?: number;
  /** Whether what its runs are estimated at is meant for each of them, and not for the largest of several networks. */
  readonly isEstimated?: boolean;
}

/** A component of a model as it is made resident on a stage's device. */
export function componentSource(
  stage: Stage,
  model: Model,
  component: ComponentRecord,
  { dialect: device = stage.environment.dialect, parts = 1, isEstimated = true }: SourceOptions = {},
): ComponentSource {
  const dialect = componentDialect(model, component, device);
  return {
    model: model.id,
    component: component.name,
    version: loadedVersion(model, component, dialect),
    ...(isEstimated && { correctedAs: networkName(model, component, dialect) }),
    parts,
    build: async () => {
      // A tensor that a LoRA changes takes the place of the same one without it.
      const derived = [
        ...(await convertedTensors(stage, model, component, dialect)),
        ...(await mergedTensors(stage, model, component, dialect)),
      ];
      return loadedGraph(model, component, dialect, derived);
    },
    isPrepared: () =>
      stage.environment.derived.hasAll(componentTensors(model, component), componentUpdates(model, component), dialect),
  };
}

/**
 * The tensors of a component as the device wants them, where its files have some in a type or an order that it cannot use as it
 * is. Where they cannot be kept, it turns them each time it loads or uses them.
 */
async function convertedTensors(
  stage: Stage,
  model: Model,
  component: ComponentRecord,
  dialect: Dialect,
): Promise<readonly StoredTensor[]> {
  const { derived } = stage.environment;
  if (model.isInEightBits && component === denoiserOf(model) && !dialect.matrixType) {
    stage.warning('This device does not keep weights in eight bits: they are used as they are stored.');
  }
  try {
    return await derived.converted(componentTensors(model, component), dialect, async (index, count) => {
      const percent = Math.floor((100 * index) / count);
      stage.progress('load', index / count, `preparing ${component.name} for this device, once: ${percent} %`);
      await breathe(stage);
    });
  } catch (thrown) {
    if (!(thrown instanceof HeadroomError && thrown.code === 'file')) throw thrown;
    const consequence = dialect.matrixType
      ? 'turned into eight bits'
      : 'kept as this device wants them: it turns them itself, which is slower';
    stage.warning(`The weights of ${component.name} are not ${consequence}. ${thrown.message}`);
    return [];
  }
}

/** The tensors of a component that LoRAs change, as they change them. */
async function mergedTensors(
  stage: Stage,
  model: Model,
  component: ComponentRecord,
  dialect: Dialect,
): Promise<readonly StoredTensor[]> {
  const updates = componentUpdates(model, component);
  if (updates.length === 0) return [];
  const tensors = componentTensors(model, component);
  return stage.environment.derived.merged(tensors, updates, dialect, async (index, count) => {
    stage.progress('load', index / count, `adding LoRAs to ${component.name}`);
    await breathe(stage);
  });
}
