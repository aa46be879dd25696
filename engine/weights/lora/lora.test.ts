import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readReferenceJson } from '../../../tests/support/fixtures.ts';
import { referenceWeights } from '../../../tests/support/networks.ts';
import { writeRaw, writeSafetensors } from '../../../tests/support/safetensors.ts';
import { ldmUnet, originalUnetNames } from '../layouts/ldm-unet.ts';
import type { StoredTensor } from '../stored-tensor.ts';
import { openLora } from './lora-file.ts';
import { loraTargets, type Networks } from './targets.ts';

const small = readReferenceJson<Record<string, { tensors: Record<string, number[]> }>>('networks/networks.json.gz');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-lora-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function stored(shapes: Readonly<Record<string, readonly number[]>>): StoredTensor[] {
  return Object.entries(shapes).map(([name, shape]) => {
    const length = 2 * shape.reduce((product, size) => product * size, 1);
    return { name, storedName: name, shape, dtype: 'F16', offset: 0, length, path: 'model', arrangement: 'plain' };
  });
}

const unet = (name = 'unet_sd15'): Networks => new Map([['unet', stored(small[name]?.tensors ?? {})]]);

/** A LoRA of zeros with these tensors. */
function write(shapes: Record<string, number[]>, name = 'lora'): string {
  return writeSafetensors(join(folder, `${name}.safetensors`), referenceWeights(shapes), 'F16');
}

const attention = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k';

test.each(['sd1', 'sdxl'])("all layers of %s are found by their makers' names", (name) => {
  const { [name]: shapes = {} } =
    readReferenceJson<Record<string, Record<string, number[]>>>('layouts/full-size.json.gz');
  const prefix = 'model.diffusion_model.';
  const own = Object.entries(shapes).filter(([key]) => key.startsWith(prefix));
  const original = stored(Object.fromEntries(own.map(([key, shape]) => [key.slice(prefix.length), shape])));
  const renamed = ldmUnet(original);
  const layers = renamed.map((tensor) => tensor.name.replace(/\.(weight|bias)$/, ''));
  const names = originalUnetNames(layers);
  for (const tensor of renamed) {
    const layer = tensor.name.replace(/\.(weight|bias)$/, '');
    expect(names.get(layer)).toBe(tensor.storedName.replace(/\.(weight|bias)$/, ''));
  }
  expect(renamed).toHaveLength(original.length);
});

test("makers' names find the weights that diffusers' names find", () => {
  const layers = Object.keys(small.unet_sdxl?.tensors ?? {}).filter((name) => /(attn\d\.to_|conv1\.)/.test(name));
  const original = originalUnetNames(
    Object.keys(small.unet_sdxl?.tensors ?? {}).map((name) => name.replace(/\.(weight|bias)$/, '')),
  );
  const shapesOf = (names: (layer: string) => string) =>
    Object.fromEntries(
      layers
        .filter((name) => name.endsWith('weight'))
        .flatMap((name) => {
          const [rows = 0, ...rest] = small.unet_sdxl?.tensors[name] ?? [];
          const key = `lora_unet_${names(name.replace(/\.weight$/, '')).replaceAll('.', '_')}`;
          return [
            [`${key}.lora_down.weight`, [2, ...rest]],
            [`${key}.lora_up.weight`, [rows, 2, ...rest.slice(1).map(() => 1)]],
          ];
        }),
    );
  const targets = (names: (layer: string) => string) => {
    const { updates, unmatched } = loraTargets(openLora(write(shapesOf(names))), unet('unet_sdxl'), 'SDXL');
    expect(unmatched).toEqual([]);
    return updates.get('unet')?.map(({ name }) => name);
  };
  const expected = targets((layer) => layer);
  expect(expected).toHaveLength(layers.filter((name) => name.endsWith('weight')).length);
  expect(targets((layer) => original.get(layer) as string)).toEqual(expected);
});

test('a middle factor belongs to a convolution', () => {
  const layer = 'lora_unet_down_blocks_0_resnets_0_conv1';
  const path = write({
    [`${layer}.lora_down.weight`]: [3, 8, 1, 1],
    [`${layer}.lora_mid.weight`]: [3, 3, 3, 3],
    [`${layer}.lora_up.weight`]: [8, 3, 1, 1],
  });
  const { updates } = loraTargets(openLora(path), unet(), 'the model');
  expect(updates.get('unet')?.map(({ name }) => name)).toEqual(['down_blocks.0.resnets.0.conv1.weight']);
});

test.each(['lora_unet_', 'lycoris_', 'unet.', 'base_model.model.', ''])('layers are found behind %j', (prefix) => {
  const layer = 'mid_block.attentions.0.transformer_blocks.0.attn2.to_k';
  const stem = prefix + (prefix.endsWith('_') ? layer.replaceAll('.', '_') : layer);
  const path = write({ [`${stem}.lokr_w1`]: [4, 3], [`${stem}.lokr_w2`]: [4, 4] });
  const { updates } = loraTargets(openLora(path), unet(), 'the model');
  expect(updates.get('unet')?.map(({ name }) => name)).toEqual([`${layer}.weight`]);
});

test('alphas come from tensors, else from the metadata, else they are the rank', () => {
  const ones = { shape: [2, 2], values: new Float32Array(4).fill(1) };
  const file = {
    'lora_unet_a.lora_down.weight': ones,
    'lora_unet_a.lora_up.weight': ones,
    'lora_unet_a.alpha': { shape: [], values: Float32Array.of(3) },
  };
  const scaleOf = (path: string) => openLora(path).updates[0]?.difference.read()[0]?.up[0];
  expect(scaleOf(writeSafetensors(join(folder, 'alpha.safetensors'), file, 'F16'))).toBe(3 / 2);
  const header = (metadata: Record<string, unknown>) => {
    const tensor = { dtype: 'F16', shape: [2, 2] };
    return JSON.stringify({
      __metadata__: { lora_adapter_metadata: JSON.stringify(metadata) },
      'unet.a.b.lora_A.weight': { ...tensor, data_offsets: [0, 8] },
      'unet.a.b.lora_B.weight': { ...tensor, data_offsets: [8, 16] },
    });
  };
  const path = join(folder, 'metadata.safetensors');
  const inFloat16 = new Uint8Array(new Uint16Array(8).fill(0x3c00).buffer);
  const alpha = (metadata: Record<string, unknown>) =>
    (scaleOf(writeRaw(path, header(metadata), inFloat16)) as number) * 2;
  expect(alpha({ 'unet.lora_alpha': 8 })).toBe(8);
  expect(alpha({ 'unet.lora_alpha': 8, 'unet.alpha_pattern': { 'a.b': 5 } })).toBe(5);
  expect(alpha({ 'text_encoder.lora_alpha': 8 })).toBe(2);
});

describe('refuses', () => {
  test('a file that is no LoRA, saying what it holds', () => {
    const path = write({ 'encoder.conv_in.weight': [2, 2], 'encoder.conv_in.bias': [2] }, 'vae');
    expect(() => openLora(path)).toThrow(/vae\.safetensors is not a LoRA: it holds 2 tensors, .*encoder\.conv_in/);
  });

  test.each([
    ['oft_blocks', 'OFT'],
    ['diff', 'whole differences'],
  ])('%s', (part, kind) => {
    const path = write({ [`${attention}.${part}`]: [2, 2] });
    expect(() => openLora(path)).toThrow(`holds ${kind}, which Headroom cannot apply`);
  });

  test.each([
    ['lora_down.weight', 'the second (up, B) of its two factors'],
    ['hada_w1_b', 'hada_w1_a'],
    ['lokr_w1', 'lokr_w2_a'],
    ['dora_scale', 'the second (up, B) of its two factors'],
  ])('half an update: %s alone', (part, missing) => {
    const path = write({ [`${attention}.${part}`]: [2, 12] });
    expect(() => openLora(path)).toThrow(`${attention} lacks ${missing}`);
  });

  test.each<[string, Record<string, number[]>, RegExp]>([
    [
      'products of two sizes',
      { hada_w1_a: [8, 2], hada_w1_b: [2, 12], hada_w2_a: [8, 2], hada_w2_b: [2, 8] },
      /its two products are \[8, 12\] and \[8, 8\]/,
    ],
    [
      'a middle factor of another rank',
      { lokr_w1: [2, 2], lokr_w2_a: [2, 4], lokr_w2_b: [2, 6], lokr_t2: [3, 3, 1, 1] },
      /lokr_w2_b" \[2, 6\] and ".*lokr_t2" \[3, 3, 1, 1\] are not of one rank/,
    ],
    [
      'a magnitude of another size',
      { 'lora_down.weight': [2, 12], 'lora_up.weight': [8, 2], dora_scale: [1, 7] },
      /the magnitude has 7 numbers for a weight of \[8, 12\]/,
    ],
  ])('%s', (_, parts, message) => {
    const path = write(
      Object.fromEntries(Object.entries(parts).map(([part, shape]) => [`${attention}.${part}`, shape])),
    );
    expect(() => openLora(path)).toThrow(message);
  });

  test('the length of inputs for a layer that the model keeps in several', () => {
    const layer = 'lora_unet_double_blocks_0_img_attn_qkv';
    const path = write({
      [`${layer}.lora_down.weight`]: [2, 32],
      [`${layer}.lora_up.weight`]: [96, 2],
      [`${layer}.dora_scale`]: [1, 32],
    });
    const transformer: Networks = new Map([['transformer', stored(small.flux_dev?.tensors ?? {})]]);
    expect(() => loraTargets(openLora(path), transformer, 'Dream')).toThrow(
      /scales the inputs of lora_unet_double_blocks_0_img_attn_qkv \(DoRA\), of which "transformer_blocks\.0\.attn\.to_q\.weight" of Dream is a part/,
    );
  });

  test('factors of two ranks, by their names and shapes', () => {
    const path = write({ [`${attention}.lora_down.weight`]: [2, 12], [`${attention}.lora_up.weight`]: [8, 3] });
    expect(() => openLora(path)).toThrow(/to_k\.lora_down\.weight" \[2, 12\] and ".*" \[8, 3\] are not of one rank/);
  });

  test('a LoRA of a wider model, by tensors and shapes and what it was made for', () => {
    const path = write({ [`${attention}.lora_down.weight`]: [2, 2048], [`${attention}.lora_up.weight`]: [8, 2] });
    expect(() => loraTargets(openLora(path), unet(), 'Dream')).toThrow(
      /does not fit Dream: what it adds to lora_unet_.*_attn2_to_k is \[8, 2048\], and "down_blocks\.0\.attentions\.0\.transformer_blocks\.0\.attn2\.to_k\.weight" is \[8, 12\]\. It looks made for Stable Diffusion XL\./,
    );
  });

  test('a LoRA of another family, although its text encoder fits', () => {
    const text = 'lora_te1_text_model_encoder_layers_0_self_attn_q_proj';
    const flux = 'lora_unet_double_blocks_0_img_attn_qkv';
    const path = write({
      [`${text}.lora_down.weight`]: [2, 16],
      [`${text}.lora_up.weight`]: [16, 2],
      [`${flux}.lora_down.weight`]: [2, 32],
      [`${flux}.lora_up.weight`]: [96, 2],
    });
    const networks = new Map([...unet(), ['text_encoder' as const, stored(small.clip?.tensors ?? {})]]);
    expect(() => loraTargets(openLora(path), networks, 'Dream')).toThrow(
      `does not belong to Dream, which lacks the layers that it changes: ${flux}. It looks made for FLUX.1.`,
    );
  });
});

test('layers that a model lacks are told beside those that it has', () => {
  const path = write({
    [`${attention}.lora_down.weight`]: [2, 12],
    [`${attention}.lora_up.weight`]: [8, 2],
    'lora_unet_down_blocks_9_attentions_0_proj_in.lora_down.weight': [2, 8],
    'lora_unet_down_blocks_9_attentions_0_proj_in.lora_up.weight': [8, 2],
  });
  const { updates, unmatched } = loraTargets(openLora(path), unet(), 'Dream');
  expect(updates.get('unet')).toHaveLength(1);
  expect(unmatched).toEqual(['lora_unet_down_blocks_9_attentions_0_proj_in']);
});
