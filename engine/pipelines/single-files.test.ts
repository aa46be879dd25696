import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { peakSignalToNoise } from '../../tests/support/compare.ts';
import { quietStage } from '../../tests/support/engine.ts';
import { requestOf } from '../../tests/support/pipelines.ts';
import {
  singleFileImage,
  singleFileRuns,
  writeAllInOne,
  writeSingleFile,
  writeTokenizers,
} from '../../tests/support/single-files.ts';
import { type Model, openModel } from '../families/model.ts';
import { openSource } from '../families/sources/open-source.ts';
import { withParts } from '../families/sources/with-parts.ts';
import { tensor } from '../tensor/tensor.ts';
import { toPixels } from './decode-latents.ts';
import { textToImage } from './text-to-image.ts';

let folder: string;
let tokenizers: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-single-'));
  tokenizers = join(folder, 'tokenizers');
  mkdirSync(tokenizers);
  writeTokenizers(tokenizers);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The parts of FLUX beside its transformer. */
const fluxParts = () =>
  new Map(['vae', 'text_encoder', 'text_encoder_2'].map((part) => [part, sourceOf('flux', part)]));

const sourceOf = (run: string, file: string) => openSource(writeSingleFile(run, file, folder), tokenizers);

/** How near the picture of a run is to diffusers', in dB. */
async function nearness(name: string, model: Model): Promise<number> {
  const run = singleFileRuns[name]!;
  const { pictures } = await textToImage(requestOf(model, run), quietStage());
  const image = tensor('float32', [1, 3, run.height, run.width], singleFileImage(name));
  return peakSignalToNoise(pictures[0]!.rgb, toPixels(image).rgb);
}

describe('a picture by a single file is that of diffusers in float32', () => {
  test.each(['sd1', 'sd2', 'sdxl'])('%s', async (name) => {
    const model = openModel(sourceOf(name, 'model'), name);
    expect(model.schedulerConfig.prediction_type).toBe(name === 'sd2' ? 'v_prediction' : 'epsilon');
    expect(await nearness(name, model)).toBeGreaterThan(45);
  });

  test.each(['flux', 'flux_schnell'])('%s, whose parts are files of their own', async (name) => {
    const model = openModel(withParts(sourceOf(name, 'model'), fluxParts()), name);
    expect(model.family.id).toBe(name === 'flux' ? 'flux-dev' : 'flux-schnell');
    expect(await nearness(name, model)).toBeGreaterThan(45);
  });

  test('flux with all of its parts in one file, in bfloat16', async () => {
    const source = openSource(writeAllInOne('flux', folder, 'BF16'), tokenizers);
    expect(await nearness('flux', openModel(source, 'flux'))).toBeGreaterThan(45);
  });

  test('flux alone says which part it lacks and where to choose one', () => {
    expect(() => openModel(sourceOf('flux', 'model'), 'flux')).toThrow(
      expect.objectContaining({
        place: { field: 'text_encoder' },
        message: expect.stringMatching(/holds no text_encoder\. Choose one in the field text_encoder of Load Model/),
      }),
    );
  });
});

describe('parts', () => {
  test('a VAE of a whole model takes the place of the own', async () => {
    const model = sourceOf('sd1', 'model');
    const parts = new Map([['vae', model]]);
    expect(await nearness('sd1', openModel(withParts(model, parts), 'sd1'))).toBeGreaterThan(45);
  });

  test('a VAE with other channels is refused at its field', () => {
    const parts = new Map([['vae', sourceOf('flux', 'vae')]]);
    expect(() => openModel(withParts(sourceOf('sd1', 'model'), parts), 'sd1')).toThrow(
      expect.objectContaining({
        code: 'model',
        place: { field: 'vae' },
        message: expect.stringMatching(/latents of 16 channels, those of the unet have 4: it belongs to another model/),
      }),
    );
  });

  test.each([
    ['vae', 'text_encoder', /holds no vae_decoder: choose another in the field vae/],
    ['text_encoder', 'text_encoder_2', /text_encoder of this model is a CLIP text encoder, but .* holds a T5/],
  ])('a %s that is a %s is refused at its field', (field, file, message) => {
    const parts = new Map([[field, sourceOf('flux', file)]]);
    expect(() => openModel(withParts(sourceOf('sd1', 'model'), parts), 'sd1')).toThrow(
      expect.objectContaining({ code: 'model', place: { field }, message: expect.stringMatching(message) }),
    );
  });

  test('a part is no model by itself', () => {
    expect(() => openModel(sourceOf('flux', 'vae'), 'vae')).toThrow(/is a part of a model and cannot draw by itself/);
  });

  test('a text encoder with an unknown vocabulary is refused, with what to do', () => {
    const source = openSource(writeSingleFile('sd1', 'model', folder), join(folder, 'nowhere'));
    expect(() => openModel(source, 'sd1')).toThrow(
      /vocabulary of 4096 tokens.*Use the same model as a diffusers folder/,
    );
  });
});
