import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundledModels, bundledTokenizers } from '../../tests/support/engine.ts';
import { writeSingleFile } from '../../tests/support/single-files.ts';
import { zModelSummary } from '../contract/models.ts';
import { ModelLibrary } from './library.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headroom-library-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A copy of the starter model at `path`, with some of its files replaced or (null) removed. */
function starterAt(path: string, changes: Record<string, string | null> = {}): string {
  const folder = join(root, path);
  cpSync(join(bundledModels, 'starter'), folder, { recursive: true });
  for (const [name, text] of Object.entries(changes)) {
    rmSync(join(folder, name), { recursive: true, force: true });
    if (text !== null) write(join(folder, name), text);
  }
  return folder;
}

const libraryOf = (folders: string[]) => new ModelLibrary(folders, bundledTokenizers);

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function safetensors(names: readonly string[]): Uint8Array {
  const header = Object.fromEntries(
    names.map((name, i) => [name, { dtype: 'F16', shape: [1], data_offsets: [i * 2, i * 2 + 2] }]),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(names.length * 2)]);
}

describe('a models folder', () => {
  it('lists the bundled model with what it recommends', async () => {
    const models = await libraryOf([bundledModels]).list();
    expect(models).toEqual(models.map((model) => zModelSummary.parse(model)));
    expect(models).toEqual([
      expect.objectContaining({
        id: 'starter',
        family: 'sd15',
        precision: 'float16',
        usable: true,
        problem: null,
        defaults: { width: 256, height: 256, steps: 20, guidance_scale: 4, scheduler: 'ddim' },
      }),
    ]);
    expect(models[0]!.bytes).toBeGreaterThan(50e6);
  });

  it('finds models in folders of folders, in a hub cache and through links, each once', async () => {
    const real = starterAt('makers/one/apple');
    starterAt('hub/models--maker--name/snapshots/0123456789abcdef');
    symlinkSync(real, join(root, 'linked'));
    symlinkSync(root, join(root, 'makers', 'loop'));
    const ids = (await libraryOf([root]).list()).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(['linked', 'maker/name']);
  });

  it('takes a model itself for a models folder, and one that does not exist for an empty one', async () => {
    const folder = starterAt('apple');
    expect((await libraryOf([folder]).list()).map(({ id }) => id)).toEqual(['apple']);
    expect(await libraryOf([join(root, 'nowhere')]).list()).toEqual([]);
  });

  it('numbers models that share a name; those of the first folder keep it', async () => {
    starterAt('a/apple');
    starterAt('b/apple');
    const library = libraryOf([join(root, 'b'), join(root, 'a')]);
    expect((await library.list()).map(({ id, path }) => [id, path])).toEqual([
      ['apple', join(root, 'b/apple')],
      ['apple (2)', join(root, 'a/apple')],
    ]);
    expect((await library.find('apple (2)')).source.path).toBe(join(root, 'a/apple'));
  });

  it.each<[string, Record<string, string | null>, RegExp]>([
    ['no UNet weights', { 'unet/diffusion_pytorch_model.safetensors': null }, /unet is missing.*Download/],
    [
      'weights only as pickles',
      { 'vae/diffusion_pytorch_model.safetensors': null, 'vae/diffusion_pytorch_model.bin': '' },
      /vae_decoder.*can run code/,
    ],
    ['no text encoder', { text_encoder: null }, /text_encoder.config\.json is missing/],
    ['no tokenizer', { tokenizer: null }, /tokenizer is missing/],
    ['no scheduler', { scheduler: null }, /scheduler_config\.json is missing/],
    ['no index', { 'model_index.json': null }, /model_index\.json is missing/],
    [
      'a pipeline that nobody knows',
      { 'model_index.json': '{"_class_name": "VideoPipeline"}' },
      /VideoPipeline, which Headroom does not know/,
    ],
    [
      'an index of shards of which one is missing',
      {
        'unet/diffusion_pytorch_model.safetensors': null,
        'unet/diffusion_pytorch_model.safetensors.index.json':
          '{"weight_map": {"conv_in.weight": "part-2-of-2.safetensors"}}',
      },
      /part-2-of-2\.safetensors is missing: the model is incomplete/,
    ],
    ['an index that is no JSON', { 'model_index.json': '{' }, /model_index\.json is not valid JSON/],
    ['a VAE of another kind', { 'vae/config.json': '{"_class_name": "VQModel"}' }, /vae.config\.json.*VQModel/],
    ['settings with a typing error', { 'headroom.json': '{"step": 20}' }, /headroom\.json.*step/],
    [
      'weights that are no safetensors',
      { 'unet/diffusion_pytorch_model.safetensors': 'hello' },
      /unet.*not a usable safetensors/,
    ],
  ])('lists a model with %s as unusable, and says so when it is asked for', async (_, changes, reason) => {
    starterAt('apple', changes);
    const library = libraryOf([root]);
    expect(await library.list()).toEqual([
      expect.objectContaining({ id: 'apple', usable: false, problem: expect.stringMatching(reason) }),
    ]);
    await expect(library.find('apple')).rejects.toThrow(reason);
  });

  it('takes weights in shards and of a named precision', async () => {
    const folder = starterAt('apple');
    const weights = (name: string) => join(folder, 'unet', `diffusion_pytorch_model${name}`);
    renameSync(weights('.safetensors'), weights('-00001-of-00001.safetensors'));
    write(
      weights('.safetensors.index.json'),
      '{"weight_map": {"conv_in.weight": "diffusion_pytorch_model-00001-of-00001.safetensors"}}',
    );
    const vae = join(folder, 'vae/diffusion_pytorch_model');
    renameSync(`${vae}.safetensors`, `${vae}.fp16.safetensors`);
    expect(await libraryOf([root]).list()).toEqual([expect.objectContaining({ usable: true, precision: 'float16' })]);
  });

  it('lists a truncated download as unusable', async () => {
    truncateSync(join(starterAt('apple'), 'vae/diffusion_pytorch_model.safetensors'), 1_000_000);
    expect((await libraryOf([root]).list())[0]).toMatchObject({
      usable: false,
      problem: expect.stringContaining('truncated'),
    });
  });

  it('names what is no model by itself as what it is, and says of other formats what to do', async () => {
    write(join(root, 'old.ckpt'), '');
    write(join(root, 'small.gguf'), '');
    write(join(root, 'strange.safetensors'), safetensors(['body.weight', 'head.weight']));
    write(join(root, 'lora.safetensors'), safetensors(['lora_unet_down.lora_up.weight']));
    write(join(root, 'lokr.safetensors'), safetensors(['transformer.x_embedder.lokr_w1']));
    write(join(root, 'canny.safetensors'), safetensors(['control_model.input_blocks.0.0.weight']));
    write(join(root, 'style.safetensors'), safetensors(['emb_params']));
    const models = await libraryOf([root]).list();
    expect(models.map(({ id, kind, usable, problem }) => [id, kind, usable, problem])).toEqual([
      ['canny', 'controlnet', true, null],
      ['lokr', 'lora', true, null],
      ['lora', 'lora', true, null],
      ['old', 'model', false, expect.stringMatching(/pickle.*can run code.*safetensors/)],
      ['small', 'model', false, expect.stringMatching(/GGUF.*does not read yet.*fp8 or fp16/)],
      ['strange', 'model', false, expect.stringMatching(/no layout that Headroom knows.*body\.weight/)],
      ['style', 'embedding', true, null],
    ]);
  });

  it('reads again only what has changed', async () => {
    const path = join(root, 'file.safetensors');
    write(path, safetensors(['emb_params']));
    const library = libraryOf([root]);
    const [first] = await library.list();
    const [same] = await library.list();
    expect(same).toEqual(first);
    write(path, safetensors(['lora_unet_down.lora_up.weight', 'other']));
    expect(await library.list()).toEqual([expect.objectContaining({ id: 'file', kind: 'lora' })]);
    rmSync(path);
    expect(await library.list()).toEqual([]);
  });

  it('sees a file of a diffusers folder come and go', async () => {
    const folder = starterAt('apple');
    const library = libraryOf([root]);
    expect(await library.list()).toEqual([expect.objectContaining({ usable: true })]);
    rmSync(join(folder, 'tokenizer'), { recursive: true });
    expect(await library.list()).toEqual([expect.objectContaining({ usable: false })]);
  });

  it('lists a denoiser alone as a model that needs parts, which are listed as what they are', async () => {
    for (const file of ['model', 'vae', 'text_encoder_2']) writeSingleFile('flux', file, root, 'F8_E4M3');
    const models = await libraryOf([root]).list();
    expect(
      models.map(({ id, kind, family, precision, usable, needs }) => [id, kind, family, precision, usable, needs]),
    ).toEqual([
      ['flux-model', 'model', 'flux-dev', 'float8', false, ['text_encoder', 'text_encoder_2', 'vae']],
      ['flux-text_encoder_2', 'text_encoder', null, null, true, []],
      ['flux-vae', 'vae', null, null, true, []],
    ]);
    expect(models[0]?.problem).toBe(
      'It comes without text encoder, second text encoder, VAE. In Load Model, choose them under More.',
    );
  });

  it('names the models there are when one is asked for that is not', async () => {
    starterAt('apple');
    await expect(libraryOf([root]).find('pear')).rejects.toThrow(/no model "pear".*Models found: apple\./);
  });
});
