import { type StoredTensor, storedTensors } from '../stored-tensor.ts';
import { weightType } from '../weight-view.ts';
import { type Layout, layouts, type NetworkFolder } from './layouts.ts';
import { type InferredConfig, NetworkShapes } from './network-shapes.ts';
import { lonelyVaeScaling, pipelineFacts } from './pipeline.ts';
import { unknownLayout } from './unknown-layout.ts';

/** A network inside a file: what its `config.json` would say, and its tensors under the names of diffusers. */
export interface CheckpointNetwork {
  readonly config: InferredConfig;
  /** For `WeightView.of`. */
  readonly tensors: readonly StoredTensor[];
}

/** What one file holds, as if it were a diffusers folder. */
export interface Checkpoint {
  /** Whole models have all networks of their pipeline, others a denoiser, a VAE or a text encoder alone. */
  readonly networks: Readonly<Partial<Record<NetworkFolder, CheckpointNetwork>>>;
  /** The `_class_name` of its `model_index.json`; undefined without a denoiser. */
  readonly pipelineClass: string | undefined;
  /** Its `scheduler_config.json`; undefined without a denoiser. */
  readonly schedulerConfig: InferredConfig | undefined;
  /** The scaling in its VAE's config, whether it has one or not. */
  readonly latentScaling: InferredConfig;
}

/**
 * Reads what a single file holds, from the names and shapes of its tensors alone: Stable Diffusion 1, 2 and XL and FLUX.1,
 * whole or in parts, in the layouts of their makers or of diffusers. Nothing is copied: the networks' tensors are ranges
 * of bytes of the file.
 *
 * A VAE that comes alone does not say how its latents are scaled: what its config has is that of its kind's first model,
 * and the model that it is used in knows better.
 *
 * @throws HeadroomError `file` if it is no safetensors file; `model` if nothing in it is known (saying what was seen), if
 * a network lacks tensors, or if weights are of a type that cannot be computed with
 */
export function openCheckpoint(path: string): Checkpoint {
  return checkpointOf(path, storedTensors(path));
}

/** The same from a file's tensors. @throws HeadroomError as `openCheckpoint` */
export function checkpointOf(path: string, stored: readonly StoredTensor[]): Checkpoint {
  const names = new Set(stored.map(({ name }) => name));
  const found = layouts.flatMap((layout) => {
    const prefix = layout.prefixes.find((start) => names.has(start + layout.mark));
    return prefix === undefined ? [] : [{ layout, prefix }];
  });
  const isDenoiser = ({ layout: { folder } }: { layout: Layout }) => folder === 'unet' || folder === 'transformer';
  const holdsDenoiser = stored.some(({ name }) => name.startsWith('model.diffusion_model.'));
  if (found.length === 0 || (holdsDenoiser && !found.some(isDenoiser))) throw unknownLayout(path, [...names]);

  const networks: Partial<Record<NetworkFolder, CheckpointNetwork>> = {};
  for (const { layout, prefix } of found) networks[layout.folder] ??= readNetwork(stored, prefix, layout);
  const folder = networks.unet ? 'unet' : 'transformer';
  const denoiser = networks[folder];
  const facts = denoiser && pipelineFacts(denoiser.config, denoiser.tensors, names);
  if (denoiser && facts) networks[folder] = extended(denoiser, facts.denoiser);
  const { vae } = networks;
  const latentScaling = facts?.vae ?? lonelyVaeScaling(vae?.config ?? {});
  if (vae) networks.vae = extended(vae, latentScaling);
  return { networks, pipelineClass: facts?.pipelineClass, schedulerConfig: facts?.schedulerConfig, latentScaling };
}

function extended(network: CheckpointNetwork, config: InferredConfig): CheckpointNetwork {
  return { ...network, config: { ...network.config, ...config } };
}

function readNetwork(stored: readonly StoredTensor[], prefix: string, layout: Layout): CheckpointNetwork {
  const own = stored
    .filter(({ name }) => name.startsWith(prefix))
    .map((tensor) => ({ ...tensor, name: tensor.name.slice(prefix.length) }));
  const tensors = layout.rename(own);
  for (const tensor of tensors) if (/(weight|bias)$/.test(tensor.name)) weightType(tensor);
  return { tensors, config: layout.config(new NetworkShapes(tensors)) };
}
