import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readReferenceJson, readReferenceTensors } from '../../tests/support/fixtures.ts';
import { relativeError, runOnce } from '../../tests/support/networks.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { WeightView } from '../weights/weight-view.ts';
import { parseClipTextConfig } from './clip/config.ts';
import { buildClipTextEncoder } from './clip/graph.ts';
import { parseUnetConfig } from './unet/config.ts';
import { buildUnet } from './unet/graph.ts';
import { parseVaeConfig } from './vae/config.ts';
import { buildVaeDecoder, buildVaeEncoder } from './vae/graph.ts';

const STARTER = join(import.meta.dirname, '../../resources/models/starter');
const tensors = readReferenceTensors('starter/reference.safetensors');
const reference = readReferenceJson<{ tokens: number[] }>('starter/reference.json');
/** Latents and images are recorded in float16. */
const HALF_ROUNDING = 1e-3;

function recorded(name: string): Float32Array {
  return tensors.get(name) as Float32Array;
}

function component(name: string, file: string) {
  const path = join(STARTER, name, 'config.json');
  const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return { json, path, weights: WeightView.open(join(STARTER, name, file)) };
}

test('the text encoder gives the recorded prompt embeddings', async () => {
  const { json, path, weights } = component('text_encoder', 'model.safetensors');
  const model = buildClipTextEncoder(parseClipTextConfig(json, path), weights, cpuDialect);
  const { tokens } = reference;
  const ids = tensor('int64', [1, tokens.length], BigInt64Array.from(tokens, BigInt));
  const { hidden_states } = await runOnce(model, { input_ids: ids });
  expect(relativeError(hidden_states, recorded('prompt_embeds'))).toBeLessThan(1e-5);
  expect(weights.unused()).toEqual([]);
});

test('the denoiser makes the first recorded DDIM step', async () => {
  const { json, path, weights } = component('unet', 'diffusion_pytorch_model.safetensors');
  const model = buildUnet(parseUnetConfig(json, path), weights, cpuDialect);
  const noise = recorded('initial_latents');
  const { prediction } = await runOnce(model, {
    sample: tensor('float32', [2, 4, 32, 32], twice(noise, noise)),
    timestep: tensor('float32', [1], recorded('ddim.timesteps').slice(0, 1)),
    encoder_hidden_states: tensor(
      'float32',
      [2, 77, 192],
      twice(recorded('negative_prompt_embeds'), recorded('prompt_embeds')),
    ),
  });
  expect(weights.unused()).toEqual([]);
  // At zero terminal SNR the first step predicts −v as the image and the noise as it is (arXiv:2305.08891); with
  // trailing spacing and ten steps the next cumulative alpha is that of timestep 899.
  const alpha = zeroSnrAlpha(899);
  const v = (prediction as Tensor<'float32'>).data;
  const stepped = noise.map((value, index) => {
    const unconditional = v[index] as number;
    const guided = unconditional + 4 * ((v[noise.length + index] as number) - unconditional);
    return Math.sqrt(alpha) * -guided + Math.sqrt(1 - alpha) * value;
  });
  const first = recorded('ddim.latents').subarray(0, noise.length);
  expect(relativeError(tensor('float32', [noise.length], stepped), first)).toBeLessThan(HALF_ROUNDING);
});

test('the decoder draws the recorded picture from the last latents, and the encoder reads it back', async () => {
  const { json, path, weights } = component('vae', 'diffusion_pytorch_model.safetensors');
  const config = parseVaeConfig(json, path);
  const latents = recorded('ddim.latents')
    .slice(-4 * 32 * 32)
    .map((value) => value / config.scaling_factor);
  const decoder = buildVaeDecoder(config, weights, cpuDialect);
  const encoder = buildVaeEncoder(config, weights, cpuDialect);
  const { image } = await runOnce(decoder, { latents: tensor('float32', [1, 4, 32, 32], latents) });
  const clamped = (image as Tensor<'float32'>).data.map((value) => Math.min(1, Math.max(-1, value)));
  expect(peakSignalToNoise(clamped, recorded('ddim.image'))).toBeGreaterThan(45);
  const { mean } = await runOnce(encoder, { sample: tensor('float32', [1, 3, 256, 256], clamped) });
  expect(relativeError(mean, latents)).toBeLessThan(0.1);
  expect(weights.unused()).toEqual([]);
});

function twice(first: Float32Array, second: Float32Array): Float32Array {
  return Float32Array.of(...first, ...second);
}

/** Cumulative alphas of Stable Diffusion's schedule rescaled to end at zero (arXiv:2305.08891, algorithm 1). */
function zeroSnrAlpha(timestep: number): number {
  let product = 1;
  const roots = Array.from({ length: 1000 }, (_, index) => {
    product *= 1 - (Math.sqrt(0.00085) + (index / 999) * (Math.sqrt(0.012) - Math.sqrt(0.00085))) ** 2;
    return Math.sqrt(product);
  });
  const [first, last] = [roots[0] as number, roots[999] as number];
  return ((((roots[timestep] as number) - last) * first) / (first - last)) ** 2;
}

/** In dB, of numbers from -1 to 1. */
function peakSignalToNoise(actual: Float32Array, expected: Float32Array): number {
  const squares = expected.reduce((sum, value, index) => sum + ((actual[index] as number) - value) ** 2, 0);
  return 10 * Math.log10(4 / (squares / expected.length));
}
