import { componentVersion, fileVersion } from '../families/adapters.ts';
import type { ComponentRecord } from '../families/family.ts';
import { buildComponent, type Model } from '../families/model.ts';
import type { Dialect } from '../layers/dialect.ts';
import { BoundedCache } from '../memory/bounded-cache.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import type { StoredTensor } from '../weights/stored-tensor.ts';

/** Enough for the text encoders, the denoiser with ControlNets and both halves of the autoencoder of one model. */
const MOST_GRAPHS = 8;

const graphs = new BoundedCache<OnnxModel>(MOST_GRAPHS, () => 1);

/** Changes with all that a component computes with: its files, LoRAs, variant and device. */
export function loadedVersion(model: Model, component: ComponentRecord, dialect: Dialect): string {
  return [componentVersion(model, component), component.variant, dialect.id].join(' ');
}

/**
 * A component's graph as it is loaded. Components that take turns in memory are loaded again for each picture: what was built
 * and written of their graphs is remembered for as long as the files are the same.
 *
 * @param derived tensors in place of some of the files'
 * @throws HeadroomError `model` or `file`
 */
export function loadedGraph(
  model: Model,
  component: ComponentRecord,
  dialect: Dialect,
  derived: readonly StoredTensor[],
): OnnxModel {
  const files = new Set([...model.source.network(component).files, ...derived.map(({ path }) => path)]);
  const version = loadedVersion(model, component, dialect);
  const key = [model.id, component.name, version, ...[...files].map(fileVersion)].join('\0');
  const known = graphs.get(key);
  if (known) return known;
  const graph = buildComponent(model, component, dialect, derived);
  graphs.set(key, graph);
  return graph;
}
