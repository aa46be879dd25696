import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relativeError } from '../../tests/support/compare.ts';
import { modelAt, quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { extraOutput, extraRun, writeExtra } from '../../tests/support/extras.ts';
import { referenceWeights } from '../../tests/support/networks.ts';
import { requestOf, writePipeline } from '../../tests/support/pipelines.ts';
import { writeSafetensors } from '../../tests/support/safetensors.ts';
import type { TextEncoderRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { promptFor, readPrompt } from './prompt-vectors.ts';
import type { Stage } from './stage.ts';
import { textToImage } from './text-to-image.ts';

let folder: string;
const models = new Map<string, Model>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-inversion-'));
  for (const name of ['sd15', 'sdxl']) models.set(name, modelAt(writePipeline(name, join(folder, name)), name));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A stage to which one textual inversion is known. */
function stageWith(name: string, path: string, overrides: Partial<Stage> = {}): Stage {
  const embeddingPath = async (asked: string) => (asked === name ? path : undefined);
  return quietStage({ environment: { ...quietEnvironment(), embeddingPath }, ...overrides });
}

describe.each(['inversion', 'inversion_xl'])('%s', (name) => {
  const run = extraRun(name);

  it('draws what diffusers draws, in both notations', async () => {
    const path = writeExtra(folder, name);
    const model = models.get(run.pipeline) as Model;
    const request = requestOf(model, run);
    const latents: Float32Array[] = [];
    const kept: Stage['kept'] = async (_name, compute) => {
      const value = await compute();
      latents.push((value as { data: Float32Array }).data);
      return value;
    };
    const stage = stageWith('apple-style', path, { kept });
    await textToImage(request, stage);
    expect(relativeError(latents[0] as Float32Array, extraOutput(`${name}/latents`))).toBeLessThan(1e-3);
    const prompt = request.prompt.replace('<apple-style>', 'embedding:apple-style');
    await textToImage({ ...request, prompt }, stage);
    expect(latents[1]).toEqual(latents[0]);
  });
});

describe('a prompt', () => {
  const read = async (text: string, plain = true) => {
    const warnings: string[] = [];
    const stage = stageWith('style', '/style.safetensors', { warning: (message) => warnings.push(message) });
    return { parts: await readPrompt({ text, field: 'prompt', plain }, stage), warnings };
  };

  it('is text between the textual inversions that it names', async () => {
    const path = '/style.safetensors';
    const marked = 'a <style>, (embedding:style.safetensors:1.2)';
    expect((await read(marked)).parts.map(({ content }) => content)).toEqual([
      'a ',
      { path },
      ', (',
      { path },
      ':1.2)',
    ]);
    expect((await read(marked, false)).parts.filter(({ content }) => content !== '')).toEqual([
      { content: 'a ', weight: 1 },
      { content: { path }, weight: 1 },
      { content: ', ', weight: 1 },
      { content: { path }, weight: 1.2 },
    ]);
    expect((await read('plain words')).parts).toEqual([{ content: 'plain words', weight: 1 }]);
  });

  it('keeps what stands in brackets and is none, and says of others that they are not there', async () => {
    expect(await read('a <b> c')).toEqual({ parts: [{ content: 'a <b> c', weight: 1 }], warnings: [] });
    const { parts, warnings } = await read('a embedding:gone c');
    expect(parts.map(({ content }) => content)).toEqual(['a ', ' c']);
    expect(warnings).toEqual(['prompt names a textual inversion that is not there: gone.']);
  });
});

describe('refuses', () => {
  const encode = (which: string, path: string) => {
    const model = models.get(which) as Model;
    return () =>
      promptFor(model, model.family.textEncoders.at(-1) as TextEncoderRecord, [{ content: { path }, weight: 1 }]);
  };

  it('vectors of another width, with both', () => {
    const tensors = referenceWeights({ emb_params: [2, 768] });
    const path = writeSafetensors(join(folder, 'wide.safetensors'), tensors, 'F32');
    expect(encode('sd15', path)).toThrow(
      /wide\.safetensors was made for another model: "emb_params" is \[2, 768\], and the text_encoder .* of 16 numbers/,
    );
  });

  it('a file without vectors for one of the text encoders', () => {
    const path = writeSafetensors(join(folder, 'half.safetensors'), referenceWeights({ clip_l: [2, 16] }), 'F32');
    expect(encode('sdxl', path)).toThrow(/half\.safetensors has no textual inversion for the text_encoder_2.*clip_l/);
  });

  it('a pickle, saying why', () => {
    const path = join(folder, 'old.pt');
    writeFileSync(path, '');
    expect(encode('sd15', path)).toThrow(/old\.pt is a pickle file, which can run code .* safetensors/);
  });
});
