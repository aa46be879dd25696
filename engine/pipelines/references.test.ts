import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peakSignalToNoise, relativeError } from '../../tests/support/compare.ts';
import { quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { runOnce } from '../../tests/support/networks.ts';
import { referenceOutput, referenceRuns, writePipeline } from '../../tests/support/pipelines.ts';
import { buildComponent, openModel } from '../families/model.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { tensor } from '../tensor/tensor.ts';
import { toPixels, toVaeLatents } from './decode-latents.ts';
import { denoise } from './denoise.ts';
import { encodeText } from './encode-text.ts';
import { stack } from './latents.ts';
import { NO_WISHES } from './memory-wishes.ts';
import { ladderFor, type TextToImageRequest, textToImage } from './text-to-image.ts';

const stage = quietStage({ environment: quietEnvironment() });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-pipelines-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(['sd15', 'sd2'])('%s against diffusers in float32', (name) => {
  const run = referenceRuns[name]!;
  let request: TextToImageRequest;
  beforeAll(() => {
    const model = openModel(writePipeline(run.pipeline, join(folder, name)), name);
    request = {
      model,
      prompt: run.prompt,
      negativePrompt: run.negative_prompt ?? '',
      width: run.width,
      height: run.height,
      steps: run.num_inference_steps,
      guidanceScale: run.guidance_scale,
      scheduler: model.defaults.scheduler,
      seed: run.seed,
      count: 1,
      memory: NO_WISHES,
    };
  });
  const recordedLatents = () => {
    const { channels, downscale } = request.model.latents;
    const dims = [1, channels, run.height / downscale, run.width / downscale];
    return tensor('float32', dims, referenceOutput(`${name}/latents`));
  };
  const conditions = async () => {
    const prompts = [
      { text: request.negativePrompt, field: 'negative_prompt' },
      { text: request.prompt, field: 'prompt' },
    ];
    const [negative, positive] = await encodeText(request.model, prompts, stage, ladderFor(request, stage));
    return { negative: negative!, positive: positive! };
  };

  it('encodes the prompts', async () => {
    const { negative, positive } = await conditions();
    expect(
      relativeError(stack([negative.states, positive.states]).data, referenceOutput(`${name}/states`)),
    ).toBeLessThan(1e-4);
  });

  it('draws the latents', async () => {
    const wanted = { ...request, ...(await conditions()), seeds: [request.seed] };
    const latents = await denoise(wanted, stage, ladderFor(request, stage));
    expect(latents.dims).toEqual(recordedLatents().dims);
    expect(relativeError(latents.data, recordedLatents().data)).toBeLessThan(1e-3);
  });

  it('decodes them', async () => {
    const decoder = buildComponent(request.model, request.model.family.vaeDecoder, cpuDialect);
    const { image } = await runOnce(decoder, { latents: toVaeLatents(recordedLatents(), request.model.latents) });
    expect(image?.dims).toEqual([1, 3, run.height, run.width]);
    expect(relativeError(image!.data as Float32Array, referenceOutput(`${name}/image`))).toBeLessThan(1e-3);
  });

  it('draws the picture', async () => {
    const { pictures } = await textToImage(request, stage);
    const image = tensor('float32', [1, 3, run.height, run.width], referenceOutput(`${name}/image`));
    expect(peakSignalToNoise(pictures[0]!.rgb, toPixels(image).rgb)).toBeGreaterThan(45);
  });
});
