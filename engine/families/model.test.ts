import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelAt } from '../../tests/support/engine.ts';
import { writePipeline } from '../../tests/support/pipelines.ts';
import { cudaDialect } from '../layers/dialects/cuda.ts';
import { componentDialect, type Model } from './model.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-families-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let written = 0;
/** A small model with some fields of one of its JSON files changed. */
function open(pipeline: string, file = 'model_index.json', changes: object = {}): Model {
  const path = writePipeline(pipeline, join(folder, `${pipeline}-${written++}`));
  const json = JSON.parse(readFileSync(join(path, file), 'utf8'));
  writeFileSync(join(path, file), JSON.stringify({ ...json, ...changes }));
  return modelAt(path, pipeline);
}

describe('a diffusers folder', () => {
  it.each([
    ['sd15', 'sd15', { width: 64, height: 64, steps: 25, guidanceScale: 7.5, scheduler: 'pndm' }],
    ['sd2', 'sd2', { width: 64, height: 64, steps: 25, guidanceScale: 7.5, scheduler: 'ddim' }],
    ['sdxl', 'sdxl', { width: 64, height: 64, steps: 30, guidanceScale: 5, scheduler: 'euler' }],
    [
      'flux_dev',
      'flux-dev',
      { width: 1024, height: 1024, steps: 28, guidanceScale: 3.5, scheduler: 'flow_match_euler' },
    ],
    ['flux_schnell', 'flux-schnell', { width: 1024, height: 1024, steps: 4, scheduler: 'flow_match_euler' }],
  ])('of %s is one of the family %s', (pipeline, family, defaults) => {
    const model = open(pipeline);
    expect(model.family.id).toBe(family);
    expect(model.defaults).toMatchObject(defaults);
  });

  it('of a model for few steps recommends few, without guidance', () => {
    expect(open('sdxl_turbo').defaults).toMatchObject({ steps: 4, guidanceScale: 1, scheduler: 'euler_a' });
    const scheduler = 'scheduler/scheduler_config.json';
    const lcm = open('sd15', scheduler, { _class_name: 'LCMScheduler' });
    expect(lcm.defaults).toMatchObject({ steps: 4, guidanceScale: 1, scheduler: 'lcm' });
    // Trained down to zero signal: it begins at the last timestep, and takes as many steps as any other.
    const zeroSignal = { timestep_spacing: 'trailing', rescale_betas_zero_snr: true };
    expect(open('sdxl', scheduler, zeroSignal).defaults).toMatchObject({ steps: 30, guidanceScale: 5 });
  });

  it.each([
    ['sdxl', true, 'zeros'],
    ['sdxl', undefined, 'zeros'],
    ['sdxl', false, 'encoded'],
    ['sd15', true, 'encoded'],
  ])('of %s that says %s of zeros for an empty negative prompt has it %s', (pipeline, flag, expected) => {
    const index = { force_zeros_for_empty_prompt: flag };
    expect(open(pipeline, 'model_index.json', index).emptyNegative).toBe(expected);
  });

  it('of another pipeline is refused with what Headroom draws with', () => {
    expect(() => open('sd15', 'model_index.json', { _class_name: 'KandinskyPipeline' })).toThrow(
      /KandinskyPipeline.*Stable Diffusion XL.*FLUX\.1 dev/,
    );
  });
});

describe('the autoencoder on a device that computes in float16', () => {
  const typesOf = (model: Model) => {
    const { vaeDecoder, vaeEncoder, denoiser } = model.family;
    return [vaeDecoder, vaeEncoder, denoiser].map((part) => componentDialect(model, part, cudaDialect).computeType);
  };

  it('of SDXL computes in float32, because it overflows', () => {
    expect(typesOf(open('sdxl'))).toEqual(['float32', 'float32', 'float16']);
  });

  it('of SDXL computes in float16 where it was mended', () => {
    expect(typesOf(open('sdxl', 'vae/config.json', { force_upcast: false }))).toEqual([
      'float16',
      'float16',
      'float16',
    ]);
  });

  it.each(['sd15', 'flux_dev'])('of %s computes in float16', (pipeline) => {
    expect(typesOf(open(pipeline))).toEqual(['float16', 'float16', 'float16']);
  });
});
