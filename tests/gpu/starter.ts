import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guide } from '../../engine/pipelines/guidance.ts';
import { parseSchedulerConfig } from '../../engine/schedulers/config.ts';
import { SCHEDULERS } from '../../engine/schedulers/index.ts';
import { type Tensor, tensor } from '../../engine/tensor/tensor.ts';
import { peakSignalToNoise, relativeError } from '../support/compare.ts';
import { readReferenceJson, readReferenceTensors } from '../support/fixtures.ts';
import { Device, type Precision } from './device.ts';
import { buildNetwork } from './networks.ts';

/** How near the starter model comes to its recorded references: relative errors, and decibels for the picture. */
export interface StarterParity {
  readonly embeddings: number;
  readonly latents: number;
  readonly picture: number;
  /** One call with a size that is odd after halving, against the CPU. */
  readonly oddSize: number;
}

type Run = (component: 'text_encoder' | 'unet' | 'vae', inputs: Record<string, Tensor>) => Promise<Float32Array>;

const MODELS = 'resources/models';
const SIZE = [1, 4, 32, 32] as const;

/** Draws the starter model's recorded picture (DDIM). */
export async function starterParity(device: Device, precision: Precision): Promise<StarterParity> {
  const recorded = readReferenceTensors('starter/reference.safetensors');
  const reference = readReferenceJson<Recorded>('starter/reference.json');
  const of = (name: string) => recorded.get(name) as Float32Array;
  const run = runner(device, precision);

  const { tokens, steps, guidance_scale: scale } = reference;
  const ids = tensor('int64', [1, tokens.length], BigInt64Array.from(tokens, BigInt));
  const embeddings = await run('text_encoder', { input_ids: ids });
  const states = tensor('float32', [2, 77, 192], joined(of('negative_prompt_embeds'), embeddings));

  const configPath = join(MODELS, 'starter/scheduler/scheduler_config.json');
  const scheduler = SCHEDULERS.ddim.create(parseSchedulerConfig(readFileSync(configPath, 'utf8'), configPath), steps);
  let latents = of('initial_latents');
  for (const [index, timestep] of scheduler.timesteps.entries()) {
    const input = scheduler.scaleModelInput(latents, index);
    const prediction = await run('unet', {
      sample: tensor('float32', [2, ...SIZE.slice(1)], joined(input, input)),
      timestep: tensor('float32', [1], Float32Array.of(timestep)),
      encoder_hidden_states: states,
    });
    latents = scheduler.step(guide(prediction, scale), index, latents, () => latents).sample as Float32Array;
  }
  const { scaling_factor: factor } = JSON.parse(readFileSync(join(MODELS, 'starter/vae/config.json'), 'utf8'));
  const image = await run('vae', {
    latents: tensor(
      'float32',
      SIZE,
      Float32Array.from(latents, (x) => x / factor),
    ),
  });
  return {
    embeddings: relativeError(embeddings, of('prompt_embeds')),
    latents: relativeError(latents, of('ddim.latents').subarray(-latents.length)),
    picture: peakSignalToNoise(toBytes(image), toBytes(of('ddim.image'))),
    oddSize: await oddSize(device, run, states),
  };
}

interface Recorded {
  readonly tokens: number[];
  readonly steps: number;
  readonly guidance_scale: number;
}

async function oddSize(device: Device, run: Run, states: Tensor): Promise<number> {
  if (device.provider === 'cpu') return 0;
  const sample = Float32Array.from({ length: 2 * 4 * 17 * 25 }, (_, index) => Math.sin(index));
  const inputs = {
    sample: tensor('float32', [2, 4, 17, 25], sample),
    timestep: tensor('float32', [1], Float32Array.of(741)),
    encoder_hidden_states: states,
  };
  const onCpu = runner(await Device.open('cpu'), 'float32');
  return relativeError(await run('unet', inputs), await onCpu('unet', inputs));
}

/** Makes each component's session when it is first wanted. The first result is what it runs for. */
function runner(device: Device, precision: Precision): Run {
  const create = (component: Parameters<Run>[0]) =>
    device.createSession(component, buildNetwork(MODELS, { model: 'starter', component }, device.dialect(precision)));
  const sessions = new Map<string, ReturnType<typeof create>>();
  return async (component, inputs) => {
    const session = sessions.get(component) ?? create(component);
    sessions.set(component, session);
    const [result] = Object.values(await (await session).run(inputs));
    return result?.data as Float32Array;
  };
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** From -1…1. */
function toBytes(image: Float32Array): Uint8Array {
  return Uint8Array.from(image, (value) => Math.round((Math.min(Math.max(value, -1), 1) + 1) * 127.5));
}
