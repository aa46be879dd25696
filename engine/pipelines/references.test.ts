import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peakSignalToNoise, relativeError } from '../../tests/support/compare.ts';
import { modelAt, quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { referenceInput } from '../../tests/support/networks.ts';
import {
  ReferenceModels,
  referenceOutput,
  referenceRuns,
  requestOf,
  writeShardedVariant,
} from '../../tests/support/pipelines.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { toPixels, toVaeLatents } from './decode-latents.ts';
import { denoise, stackConditions } from './denoise.ts';
import { stack } from './latents.ts';
import { type LatentDims, Sampling } from './sampling.ts';
import { encodePrompts, ladderFor, type TextToImageRequest, textToImage } from './text-to-image.ts';
import { withComponent } from './with-component.ts';

const stage = quietStage({ environment: quietEnvironment() });
const models = new ReferenceModels();
afterAll(() => models.remove());

describe.each(Object.keys(referenceRuns))('%s against diffusers in float32', (name) => {
  const run = referenceRuns[name]!;
  let request: TextToImageRequest;
  beforeAll(() => {
    request = requestOf(models.open(run.pipeline), run);
  });
  const recordedLatents = () => {
    const { channels, downscale } = request.model.latents;
    const dims = [1, channels, run.height / downscale, run.width / downscale];
    return tensor('float32', dims, referenceOutput(`${name}/latents`));
  };
  const prompts = () => encodePrompts(request, stage, ladderFor(request, stage));

  it('encodes the prompts', async () => {
    const { negative, positive } = await prompts();
    const both = [...(negative ? [negative] : []), positive];
    const { states, pooled } = stackConditions(both);
    expect(relativeError(states.data, referenceOutput(`${name}/states`))).toBeLessThan(1e-4);
    if (pooled) expect(relativeError(pooled.data, referenceOutput(`${name}/pooled`))).toBeLessThan(1e-4);
  });

  it('asks the denoiser', async () => {
    const { negative, positive } = await prompts();
    const { model, guidanceScale, width, height, scheduler, steps, seed } = request;
    const { dims } = recordedLatents();
    const first = new Sampling(model, scheduler, steps, seed, dims as LatentDims);
    const sample = stack(negative ? [first.input(), first.input()] : [first.input()]);
    const conditioning = stackConditions(negative ? [negative, positive] : [positive]);
    const call = { sample, conditioning, timestep: first.timestep, guidanceScale, width, height };
    const outputs = await withComponent(stage, model, model.family.denoiser, (lease) =>
      lease.run(model.denoiserCalls.inputs(call), 'denoise', 'reference'),
    );
    const prediction = model.denoiserCalls.prediction(outputs.prediction as Tensor<'float32'>, sample.dims);
    expect(relativeError(prediction.data, referenceOutput(`${name}/prediction`))).toBeLessThan(1e-3);
  });

  it('draws the latents', async () => {
    const wanted = { ...request, ...(await prompts()), seeds: [request.seed] };
    const latents = await denoise(wanted, stage, ladderFor(request, stage));
    expect(latents.dims).toEqual(recordedLatents().dims);
    expect(relativeError(latents.data, recordedLatents().data)).toBeLessThan(1e-3);
  });

  it('decodes them', async () => {
    const { model } = request;
    const { image } = await withComponent(stage, model, model.family.vaeDecoder, (lease) =>
      lease.run({ latents: toVaeLatents(recordedLatents(), model.latents) }, 'decode', 'reference'),
    );
    expect(image?.dims).toEqual([1, 3, run.height, run.width]);
    expect(relativeError(image!.data as Float32Array, referenceOutput(`${name}/image`))).toBeLessThan(1e-3);
  });

  it('encodes a picture', async () => {
    const { model } = request;
    const sample = referenceInput(`${name}/sample`, [1, 3, 32, 48]);
    const { mean } = await withComponent(stage, model, model.family.vaeEncoder, (lease) =>
      lease.run({ sample }, 'encode', 'reference'),
    );
    expect(mean?.dims).toEqual([1, model.latents.channels, 4, 6]);
    expect(relativeError(mean!.data as Float32Array, referenceOutput(`${name}/mean`))).toBeLessThan(1e-3);
  });

  it('draws the picture', async () => {
    expect(await nearness(name, request)).toBeGreaterThan(45);
  });
});

it('draws the picture with a folder of the variant fp16 in shards', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-variant-'));
  try {
    const model = modelAt(writeShardedVariant('sd15', folder), 'sd15');
    expect(model.precision).toBe('float16');
    expect(await nearness('sd15', requestOf(model, referenceRuns.sd15!))).toBeGreaterThan(45);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** How near the picture of a request is to diffusers', in dB. */
async function nearness(name: string, request: TextToImageRequest): Promise<number> {
  const { pictures } = await textToImage(request, stage);
  const image = tensor('float32', [1, 3, request.height, request.width], referenceOutput(`${name}/image`));
  return peakSignalToNoise(pictures[0]!.rgb, toPixels(image).rgb);
}
