import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { HeadroomError } from '../../contract/errors.ts';
import { parseSchedulerConfig } from '../../schedulers/config.ts';
import { type Checkpoint, type CheckpointNetwork, openCheckpoint } from '../../weights/layouts/checkpoint.ts';
import type { InferredConfig } from '../../weights/layouts/network-shapes.ts';
import type { ComponentRecord } from '../family.ts';
import { toldByName } from '../few-steps.ts';
import type { ModelSource, SourceTokenizer } from './source.ts';

/**
 * A model, or a part of one, in a single safetensors file. It brings no tokenizer: those of all published models are the
 * same few, which ship with Headroom.
 *
 * @param tokenizers the folder that holds them, each named by its kind and the size of its vocabulary: `clip-49408`
 * @throws HeadroomError `file`, or `model` if nothing in it is known
 */
export function singleFile(path: string, tokenizers: string): ModelSource {
  const { networks, pipelineClass, schedulerConfig, latentScaling } = openCheckpoint(path);
  const name = basename(path, '.safetensors');
  const told = toldByName(name, parseSchedulerConfig(JSON.stringify(schedulerConfig ?? {}), path));
  const find = ({ folder }: ComponentRecord) => networkFor(folder, networks);
  const expect = (component: ComponentRecord) => find(component) ?? missing(path, component);
  return {
    path,
    name,
    settings: told.steps ? { steps: told.steps } : {},
    pipelineClass,
    latentScaling,
    has: (component) => find(component) !== undefined,
    network(component) {
      const { config, tensors } = expect(component);
      return { config, configPath: path, files: [path], tensors: () => tensors };
    },
    tokenizer: ({ name, tokenizer: { kind }, ...encoder }) =>
      bundledTokenizer(kind, expect({ name, ...encoder }).config, tokenizers, path),
    scheduler: () => ({ config: told.config, files: [] }),
  };
}

/** A file that holds one text encoder alone may be any of a model's. */
function networkFor(folder: string, networks: Checkpoint['networks']): CheckpointNetwork | undefined {
  const found = Object.hasOwn(networks, folder) ? networks[folder as keyof typeof networks] : undefined;
  const [lonely, ...others] = Object.entries(networks);
  if (found || !lonely || others.length > 0 || !folder.startsWith('text_encoder')) return found;
  return lonely[0].startsWith('text_encoder') ? lonely[1] : undefined;
}

function missing(path: string, { folder, name }: ComponentRecord): never {
  throw new HeadroomError(
    'model',
    `${path} holds no ${name}. Choose one in the field ${folder} of Load Model: a file that holds it, or a whole model that has the same.`,
    { place: { field: folder } },
  );
}

function bundledTokenizer(
  kind: 'clip' | 't5',
  config: InferredConfig,
  tokenizers: string,
  path: string,
): SourceTokenizer {
  const folder = join(tokenizers, `${kind}-${config.vocab_size}`);
  // What open_clip trained is padded with the token 0, an exclamation mark.
  if (existsSync(folder)) return { folder, padToken: config.hidden_act === 'gelu' ? '!' : undefined };
  throw new HeadroomError(
    'model',
    `${path} has a text encoder with a vocabulary of ${config.vocab_size} tokens, which is none that Headroom has a tokenizer for. Use the same model as a diffusers folder, which brings its own.`,
  );
}
