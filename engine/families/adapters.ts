import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { NetworkFolder } from '../weights/layouts/layouts.ts';
import type { ScaledUpdate } from '../weights/lora/changes.ts';
import { openLora } from '../weights/lora/lora-file.ts';
import { loraTargets, type WeightUpdate } from '../weights/lora/targets.ts';
import type { ComponentRecord } from './family.ts';
import { componentTensors, type Model } from './model.ts';

/** A LoRA that a model draws with. */
export interface Adapter {
  /** As the library calls it. */
  readonly id: string;
  /** How much of it is added; less than 0 for the opposite. */
  readonly weight: number;
  /** Changes whenever the file does. */
  readonly fingerprint: string;
  readonly updates: ReadonlyMap<NetworkFolder, readonly WeightUpdate[]>;
}

/** A model with one more LoRA, and the layers of the file that the model does not have. */
export interface AdaptedModel {
  readonly model: Model;
  readonly unmatched: readonly string[];
}

/**
 * Gives a model a LoRA. Nothing is computed: the components are changed when they are loaded.
 *
 * @throws HeadroomError `file` or `model` if the file is no LoRA, or not one for this model
 */
export function withLora(model: Model, path: string, id: string, weight: number): AdaptedModel {
  const { textEncoders, denoiser } = model.family;
  const networks = new Map(
    [...textEncoders, denoiser].map((component) => [
      component.folder as NetworkFolder,
      componentTensors(model, component),
    ]),
  );
  const { updates, unmatched } = loraTargets(openLora(path), networks, model.title);
  const adapter = { id, weight, fingerprint: fileVersion(path), updates };
  return { model: { ...model, adapters: [...model.adapters, adapter] }, unmatched };
}

/** Changes whenever a file does, or goes. */
export function fileVersion(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return `${path} ${stat?.size} ${stat?.mtimeMs}`;
}

/** What a model's LoRAs do to a component; nothing to most. */
export function componentUpdates({ adapters }: Model, { folder }: ComponentRecord): ScaledUpdate[] {
  return adapters.flatMap(({ updates, weight }) =>
    (updates.get(folder as NetworkFolder) ?? []).map((update) => ({ update, weight })),
  );
}

/** Changes with the files that a component is made of, LoRAs among them, and with their weights. */
export function componentVersion({ fingerprint, adapters }: Model, { folder }: ComponentRecord): string {
  const own = adapters.filter(({ updates }) => updates.has(folder as NetworkFolder));
  if (own.length === 0) return fingerprint;
  const hash = createHash('sha256');
  for (const adapter of own) hash.update(`${adapter.fingerprint}\0${adapter.weight}\n`);
  return `${fingerprint} ${hash.digest('hex')}`;
}
