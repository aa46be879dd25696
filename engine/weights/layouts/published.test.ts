import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readReferenceJson } from '../../../tests/support/fixtures.ts';
import { writeSafetensors } from '../../../tests/support/safetensors.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { parseClipTextConfig } from '../../models/clip/config.ts';
import { buildClipTextEncoder } from '../../models/clip/graph.ts';
import { parseFluxConfig } from '../../models/flux/config.ts';
import { buildFluxTransformer } from '../../models/flux/graph.ts';
import { parseT5Config } from '../../models/t5/config.ts';
import { buildT5Encoder } from '../../models/t5/graph.ts';
import { parseUnetConfig } from '../../models/unet/config.ts';
import { buildUnet } from '../../models/unet/graph.ts';
import { parseVaeConfig } from '../../models/vae/config.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../../models/vae/graph.ts';
import { parseSchedulerConfig } from '../../schedulers/config.ts';
import type { StoredTensor } from '../stored-tensor.ts';
import { WeightView } from '../weight-view.ts';
import { type Checkpoint, checkpointOf } from './checkpoint.ts';

type Folder = keyof Checkpoint['networks'];

const fullSize = readReferenceJson<Record<string, Record<string, number[]>>>('layouts/full-size.json.gz');
const { '//': _about, ...published } =
  readReferenceJson<Record<string, Record<string, unknown>>>('layouts/published.json');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-published-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const parsers: Record<string, (config: unknown) => object> = {
  unet: (config) => ({
    ...parseUnetConfig(config, 'unet'),
    sampleSize: (config as { sample_size: number }).sample_size,
  }),
  transformer: (config) => parseFluxConfig(config, 'transformer'),
  vae: (config) => parseVaeConfig(config, 'vae'),
  text_encoder: parseText,
  text_encoder_2: parseText,
  scheduler: (config) => parseSchedulerConfig(JSON.stringify(config), 'scheduler'),
};

/** Without what pooling needs: published configs have it wrong, or have it where nothing is pooled. */
function parseText(config: unknown): object {
  if ((config as { model_type: string }).model_type === 't5') return parseT5Config(config, 't5');
  const { eos_token_id: _end, projection_dim: _size, ...rest } = parseClipTextConfig(config, 'clip');
  return rest;
}

test.each(Object.keys(published))('the configs of %s follow from the shapes of its single file', (name) => {
  const { pipeline, scheduler, ...configs } = published[name] as Record<string, unknown>;
  const checkpoint = checkpointOf('full.safetensors', tensorsOf(name, 0.2));
  expect(checkpoint.pipelineClass).toBe(pipeline);
  expect(parsers.scheduler?.(checkpoint.schedulerConfig)).toMatchObject(parsers.scheduler?.(scheduler) ?? {});
  expect(Object.keys(checkpoint.networks).sort()).toEqual(Object.keys(configs).sort());
  for (const [network, config] of Object.entries(configs)) {
    const parse = parsers[network] as (config: unknown) => object;
    expect(parse(checkpoint.networks[network as Folder]?.config), network).toEqual(parse(config));
  }
});

const builders: Record<string, (config: unknown, weights: WeightView) => void> = {
  unet: (config, weights) => buildUnet(parseUnetConfig(config, 'unet'), weights, cpuDialect),
  transformer: (config, weights) => buildFluxTransformer(parseFluxConfig(config, 'transformer'), weights, cpuDialect),
  vae(config, weights) {
    buildVaeEncoder(parseVaeConfig(config, 'vae'), weights, cpuDialect);
    buildVaeDecoder(parseVaeConfig(config, 'vae'), weights, cpuDialect);
  },
  text_encoder: buildText,
  text_encoder_2: buildText,
};

function buildText(config: unknown, weights: WeightView): void {
  if ((config as { model_type: string }).model_type === 't5') {
    buildT5Encoder(parseT5Config(config, 't5'), weights, cpuDialect);
  } else {
    const pooled = weights.has('text_projection.weight') ? 'projected' : 'plain';
    buildClipTextEncoder(parseClipTextConfig(config, 'clip'), weights, cpuDialect, { pooled });
  }
}

test.each(Object.keys(published))('the networks of %s take every tensor of its single file', (name) => {
  const { networks } = checkpointOf('full.safetensors', tensorsOf(name, 0.2));
  for (const [network, { config, tensors }] of Object.entries(networks)) {
    const weights = WeightView.of(tensors);
    builders[network]?.(config, weights);
    const left = weights.unused().filter((unused) => !/position_ids$|encoder\.layers\.23\./.test(unused));
    expect(left, network).toEqual([]);
  }
});

test.each([
  [0.2, 'v_prediction', 96],
  [0.05, 'epsilon', 64],
])('Stable Diffusion 2 whose last biases spread by %s makes a %s', (spread, prediction, size) => {
  const { schedulerConfig, networks } = checkpointOf('full.safetensors', tensorsOf('sd2', spread));
  expect(schedulerConfig).toMatchObject({ prediction_type: prediction });
  expect(networks.unet?.config).toMatchObject({ sample_size: size });
});

test.each([
  [['v_pred'], { prediction_type: 'v_prediction' }],
  [['v_pred', 'ztsnr'], { prediction_type: 'v_prediction', rescale_betas_zero_snr: true }],
])('SDXL with the marks %j is sampled by %j', (marks, expected) => {
  const tensors = [...tensorsOf('sdxl', 0.2), ...marks.map((name) => stored(name, [0]))];
  expect(checkpointOf('full.safetensors', tensors).schedulerConfig).toMatchObject(expected);
});

test.each<[string, string, number, string]>([
  ['sd1', 'model.diffusion_model.input_blocks.0.0.weight', 9, 'StableDiffusionInpaintPipeline'],
  ['sdxl', 'model.diffusion_model.input_blocks.0.0.weight', 8, 'StableDiffusionXLInstructPix2PixPipeline'],
  ['flux_schnell', 'img_in.weight', 384, 'FluxFillPipeline'],
  ['flux_dev', 'model.diffusion_model.img_in.weight', 128, 'FluxControlPipeline'],
])('%s with %s of %i channels is for another pipeline', (name, first, channels, pipelineClass) => {
  const tensors = tensorsOf(name, 0.2).map((found) =>
    found.name === first ? { ...found, shape: found.shape.with(1, channels) } : found,
  );
  expect(checkpointOf('full.safetensors', tensors).pipelineClass).toBe(pipelineClass);
});

function stored(name: string, shape: readonly number[], path = 'full.safetensors', offset = 0): StoredTensor {
  const length = shape.reduce((product, size) => product * size, 2);
  return { name, storedName: name, dtype: 'F16', shape, offset, length, path, arrangement: 'plain' };
}

/** A published model's tensors without a file, but for the one whose numbers count. */
function tensorsOf(name: string, spread: number): StoredTensor[] {
  const told = 'model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias';
  return Object.entries(fullSize[name] ?? {}).map(([tensorName, shape]) => {
    if (name !== 'sd2' || tensorName !== told) return stored(tensorName, shape);
    const values = Float32Array.from({ length: shape[0] as number }, (_value, index) => (index % 2 ? spread : -spread));
    const path = writeSafetensors(join(folder, 'bias.safetensors'), { bias: { shape, values } }, 'F16');
    return stored(tensorName, shape, path, readFileSync(path).length - 2 * values.length);
  });
}
