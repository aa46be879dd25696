import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';
import type { Pixels } from '../images/picture.ts';
import { controlShape, parseControlNetConfig } from '../models/controlnet/config.ts';
import { buildControlNet } from '../models/controlnet/graph.ts';
import { openControlNetFile } from '../weights/layouts/control-net.ts';
import { fileVersion } from './adapters.ts';
import type { ComponentRecord } from './family.ts';
import type { Model } from './model.ts';
import { readModelJson } from './sources/model-files.ts';
import type { SourceNetwork } from './sources/source.ts';

/** A ControlNet of a model: one of its components, and how it guides pictures. */
export interface Control {
  /** As the library calls it. */
  readonly id: string;
  readonly component: ComponentRecord;
  /** What guides, in any size; an estimate has none. */
  readonly image: Pixels | undefined;
  /** What its residuals are multiplied by. */
  readonly strength: number;
  /** From where to where it guides, as fractions of the steps. */
  readonly start: number;
  readonly end: number;
}

/**
 * A model whose pictures one more ControlNet guides. It becomes a component of the model.
 *
 * @throws HeadroomError `file` or `model`: the file is no ControlNet, or one for another kind of model
 */
export function withControl(model: Model, path: string, wish: Omit<Control, 'component'>): Model {
  const { source } = model;
  const own = openControlNet(path);
  checkFits(model, own, wish.id);
  const component = controlNetComponent(`controlnet_${model.controls.length + 1}`, fileVersion(path));
  const network = (asked: ComponentRecord) => (asked.folder === component.folder ? own : source.network(asked));
  return { ...model, source: { ...source, network }, controls: [...model.controls, { ...wish, component }] };
}

function controlNetComponent(name: string, fingerprint: string): ComponentRecord {
  return {
    name,
    folder: name,
    weightsName: 'diffusion_pytorch_model',
    variant: fingerprint,
    build: (config, source, weights, dialect) =>
      buildControlNet(parseControlNetConfig(config, source), weights, dialect),
  };
}

/** A ControlNet's file; in a folder that diffusers saved, its config lies beside it. */
function openControlNet(path: string): SourceNetwork {
  const { config, tensors } = openControlNetFile(path);
  const beside = join(dirname(path), 'config.json');
  const saved = existsSync(beside) ? readModelJson(beside) : undefined;
  const isItsOwn = (saved as { _class_name?: unknown } | undefined)?._class_name === 'ControlNetModel';
  return isItsOwn
    ? { config: saved, configPath: beside, files: [beside, path], tensors: () => tensors }
    : { config, configPath: path, files: [path], tensors: () => tensors };
}

function checkFits({ source, family, title }: Model, { config, configPath }: SourceNetwork, id: string): void {
  const { denoiser } = family;
  const place = { field: 'control' };
  if (!denoiser.controlled) {
    throw new HeadroomError('model', `${title} draws without ControlNets, which ${family.title} does not take.`, {
      place,
    });
  }
  const own = source.network(denoiser);
  const [wanted, given] = [
    denoiser.controlled.shape(own.config, own.configPath),
    controlShape(parseControlNetConfig(config, configPath).unet),
  ];
  if (wanted === given) return;
  throw new HeadroomError(
    'model',
    `${id} was made for another kind of model than ${title}: its features are ${given}, those of the model ${wanted}.`,
    { place },
  );
}
