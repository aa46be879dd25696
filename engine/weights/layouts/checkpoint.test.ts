import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readReferenceJson, readReferenceTensors } from '../../../tests/support/fixtures.ts';
import { referenceInput, referenceWeights, relativeError, runOnce } from '../../../tests/support/networks.ts';
import {
  type StoredTensor as FileTensor,
  nearestFloat8,
  type StoredType,
  writeRaw,
  writeSafetensors,
} from '../../../tests/support/safetensors.ts';
import { HeadroomError } from '../../contract/errors.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { parseClipTextConfig } from '../../models/clip/config.ts';
import { buildClipTextEncoder } from '../../models/clip/graph.ts';
import { parseFluxConfig } from '../../models/flux/config.ts';
import { buildFluxTransformer } from '../../models/flux/graph.ts';
import { rotaryInputs } from '../../models/flux/positions.ts';
import { parseT5Config } from '../../models/t5/config.ts';
import { buildT5Encoder } from '../../models/t5/graph.ts';
import { parseUnetConfig } from '../../models/unet/config.ts';
import { buildUnet } from '../../models/unet/graph.ts';
import { parseVaeConfig } from '../../models/vae/config.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../../models/vae/graph.ts';
import { float8ToFloat32 } from '../../tensor/float8.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { WeightView } from '../weight-view.ts';
import { type Checkpoint, type CheckpointNetwork, openCheckpoint } from './checkpoint.ts';

type Shapes = Record<string, number[]>;
/** The dims of an input that is made from its name, or rows of ids. */
type Recorded = number[] | number[][];
type Folder = keyof Checkpoint['networks'];

const cases =
  readReferenceJson<Record<string, { tensors: Shapes; networks: Record<string, Record<string, Recorded>> }>>(
    'layouts/layouts.json.gz',
  );
const outputs = readReferenceTensors('layouts/layouts.safetensors');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-layouts-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a small checkpoint as its makers would. */
function write(
  name: string,
  dtype: StoredType = 'F32',
  change: (tensors: Record<string, FileTensor>) => void = () => {},
) {
  const tensors = referenceWeights(cases[name]?.tensors ?? {});
  change(tensors);
  return writeSafetensors(join(folder, `${name}.safetensors`), tensors, dtype);
}

const floats = (...values: number[]) => tensor('float32', [values.length], Float32Array.from(values));

/** Runs each network that was recorded, on the recorded inputs. */
const runs: Record<
  Folder,
  (network: CheckpointNetwork, inputs: Record<string, Tensor>) => Promise<Record<string, Tensor>>
> = {
  unet({ config, tensors }, inputs) {
    const model = buildUnet(parseUnetConfig(config, 'unet'), WeightView.of(tensors), cpuDialect);
    return runOnce(model, { ...inputs, timestep: floats(741) });
  },
  transformer({ config, tensors }, inputs) {
    const parsed = parseFluxConfig(config, 'transformer');
    return runOnce(buildFluxTransformer(parsed, WeightView.of(tensors), cpuDialect), {
      ...inputs,
      ...rotaryInputs(parsed, { textTokens: 5, height: 2, width: 3 }),
      timestep: floats(750),
      ...(parsed.guidance_embeds ? { guidance: floats(3.5) } : {}),
    });
  },
  async vae({ config, tensors }, { sample, latents }) {
    const parsed = parseVaeConfig(config, 'vae');
    const weights = WeightView.of(tensors);
    const encoded = await runOnce(buildVaeEncoder(parsed, weights, cpuDialect), { sample: sample as Tensor });
    const decoded = await runOnce(buildVaeDecoder(parsed, weights, cpuDialect), { latents: latents as Tensor });
    expect(weights.unused()).toEqual([]);
    return { mean: encoded.mean as Tensor, ...decoded };
  },
  text_encoder: runText,
  text_encoder_2: runText,
};

async function runText(
  { config, tensors }: CheckpointNetwork,
  inputs: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  const weights = WeightView.of(tensors);
  if (config.model_type === 't5') {
    const { hidden_states } = await runOnce(buildT5Encoder(parseT5Config(config, 't5'), weights, cpuDialect), inputs);
    return { last: hidden_states as Tensor };
  }
  const pooled = weights.has('text_projection.weight') ? 'projected' : 'plain';
  const parsed = parseClipTextConfig(config, 'clip');
  // Stable Diffusion 2 keeps its projection, but pools nothing.
  const isSecond = parsed.num_hidden_layers === 23;
  const model = buildClipTextEncoder(parsed, weights, cpuDialect, { pooled: isSecond ? 'plain' : pooled });
  const result = await runOnce(model, inputs);
  return { last: result.hidden_states as Tensor, pooled: result.pooled as Tensor };
}

function recordedInputs(name: string, network: string): Record<string, Tensor> {
  const recorded = Object.entries(cases[name]?.networks[network] ?? {});
  const read = (input: string, dims: Recorded): Tensor => {
    const rows = dims as number[][];
    return input === 'input_ids'
      ? tensor('int64', [rows.length, rows[0]?.length ?? 0], BigInt64Array.from(rows.flat(), BigInt))
      : referenceInput(`${name}/${network}/${input}`, dims as number[]);
  };
  return Object.fromEntries(recorded.map(([input, dims]) => [input, read(input, dims)]));
}

async function expectRecorded(name: string, checkpoint: Checkpoint): Promise<void> {
  expect(Object.keys(checkpoint.networks).sort()).toEqual(Object.keys(cases[name]?.networks ?? {}).sort());
  for (const [network, found] of Object.entries(checkpoint.networks)) {
    const results = await runs[network as Folder](found, recordedInputs(name, network));
    for (const [output, value] of Object.entries(results)) {
      const expected = outputs.get(`${name}/${network}/${output}`);
      expect(relativeError(value, expected as Float32Array), `${network} ${output}`).toBeLessThan(1e-5);
    }
  }
}

describe('a small checkpoint in the layout of its makers gives what diffusers makes of it', () => {
  test.each([
    ['sd1', 'F32', 'StableDiffusionPipeline'],
    ['sd2', 'F16', 'StableDiffusionPipeline'],
    ['sdxl', 'BF16', 'StableDiffusionXLPipeline'],
    ['flux_dev', 'F32', 'FluxPipeline'],
    ['flux_schnell', 'F16', 'FluxPipeline'],
    ['vae_alone', 'F32', undefined],
    ['t5_alone', 'F32', undefined],
    ['clip_alone', 'F32', undefined],
  ] as const)('%s in %s', async (name, dtype, pipelineClass) => {
    const checkpoint = openCheckpoint(write(name, dtype));
    expect(checkpoint.pipelineClass).toBe(pipelineClass);
    await expectRecorded(name, checkpoint);
  });

  test('flux_schnell with the prefix that other tools add, in BF16', async () => {
    const path = write('flux_schnell', 'BF16', (tensors) => {
      for (const [name, stored] of Object.entries(tensors)) {
        delete tensors[name];
        tensors[`model.diffusion_model.${name}`] = stored;
      }
    });
    await expectRecorded('flux_schnell', openCheckpoint(path));
  });

  test('clip_alone of before transformers gave it a prefix', async () => {
    const path = write('clip_alone', 'F16', (tensors) => {
      for (const [name, stored] of Object.entries(tensors)) {
        delete tensors[name];
        tensors[name.replace('text_model.', '')] = stored;
      }
    });
    await expectRecorded('clip_alone', openCheckpoint(path));
  });

  test('sdxl whose second projection a tool has stored as transformers does', async () => {
    const path = write('sdxl', 'F32', (tensors) => {
      const name = 'conditioner.embedders.1.model.text_projection';
      const { shape, values } = tensors[name] as FileTensor;
      const [rows, columns] = shape as [number, number];
      const transposed = values.map((_value, at) => values[(at % rows) * columns + Math.floor(at / rows)] as number);
      delete tensors[name];
      tensors[`${name}.weight`] = { shape: [columns, rows], values: transposed };
    });
    await expectRecorded('sdxl', openCheckpoint(path));
  });

  test('the networks that diffusers saved, each in one file', async () => {
    const { networks } = openCheckpoint(write('flux_dev'));
    for (const network of ['transformer', 'vae'] as const) {
      const named = Object.fromEntries(
        (networks[network] as CheckpointNetwork).tensors.map(({ name, shape }) => [name, shape]),
      );
      const path = writeSafetensors(join(folder, `${network}.safetensors`), referenceWeights(named), 'F16');
      const alone = openCheckpoint(path);
      expect(alone.networks[network]?.config).toEqual(networks[network]?.config);
      expect(alone.networks[network]?.tensors.map(({ name }) => name)).toEqual(Object.keys(named));
    }
  });
});

describe('weights of eight bits', () => {
  const types = { F8_E4M3: 'float8e4m3', F8_E5M2: 'float8e5m2' } as const;

  test.each(['F8_E4M3', 'F8_E5M2'] as const)('in %s are the numbers that they stand for', async (dtype) => {
    const path = write('flux_schnell', dtype);
    const same = write('flux_schnell', 'F32', (tensors) => {
      for (const [name, { shape, values }] of Object.entries(tensors)) {
        tensors[name] = { shape, values: float8ToFloat32(nearestFloat8(values, types[dtype]), types[dtype]) };
      }
    });
    await expectSameTransformer(path, same);
  });

  test.each(['scale_weight', 'weight_scale'])(
    'are multiplied by their %s, halves swapped and rows cut as well',
    async (suffix) => {
      const scale = 0.0123;
      const tensors = referenceWeights(cases.flux_schnell?.tensors ?? {});
      const scaled: Record<string, FileTensor> = {};
      const plain: Record<string, FileTensor> = {};
      for (const [name, { shape, values }] of Object.entries(tensors)) {
        const bits = nearestFloat8(
          values.map((value) => value / scale),
          'float8e4m3',
        );
        const stored = float8ToFloat32(bits, 'float8e4m3');
        const isMatrix = name.endsWith('.weight');
        scaled[name] = { shape, values: isMatrix ? stored : values, dtype: isMatrix ? 'F8_E4M3' : 'F32' };
        plain[name] = {
          shape,
          values: isMatrix ? stored.map((value) => Math.fround(value * Math.fround(scale))) : values,
        };
        if (isMatrix) scaled[name.replace(/weight$/, suffix)] = { shape: [], values: Float32Array.of(scale) };
      }
      const path = writeSafetensors(join(folder, `${suffix}.safetensors`), scaled, 'F32');
      await expectSameTransformer(path, writeSafetensors(join(folder, 'plain.safetensors'), plain, 'F32'));
    },
  );

  test('with a scale for each row are refused', () => {
    const path = write('flux_schnell', 'F8_E4M3', (tensors) => {
      tensors['img_in.scale_weight'] = { shape: [32, 1], values: new Float32Array(32), dtype: 'F32' };
    });
    expect(() => openCheckpoint(path)).toThrow(/"img_in\.scale_weight" has a scale for each of \[32, 1\] parts/);
  });

  async function expectSameTransformer(path: string, other: string): Promise<void> {
    const [found, expected] = [path, other].map((file) => openCheckpoint(file).networks.transformer);
    const inputs = recordedInputs('flux_schnell', 'transformer');
    const [result, same] = [
      await runs.transformer(found as CheckpointNetwork, inputs),
      await runs.transformer(expected as CheckpointNetwork, inputs),
    ];
    expect(result).toEqual(same);
    expect(Object.values(result)[0]?.data.some((value) => value !== 0)).toBe(true);
  }
});

describe('a file that cannot be used is refused', () => {
  const refusal = (path: string): HeadroomError => {
    try {
      openCheckpoint(path);
    } catch (error) {
      if (error instanceof HeadroomError) return error;
    }
    throw new Error('it was not refused');
  };
  const scalar: FileTensor = { shape: [1], values: new Float32Array(1) };
  const withNames = (...names: string[]) =>
    writeSafetensors(join(folder, 'other.safetensors'), Object.fromEntries(names.map((name) => [name, scalar])), 'F16');

  test('with what was seen in it', () => {
    const names = ['body.0.conv.weight', 'body.0.conv.bias', 'body.1.conv.weight', 'head.weight', 'scale'];
    const error = refusal(withNames(...names, ...Array.from({ length: 9 }, (_value, index) => `part${index}.x`)));
    expect(error.code).toBe('model');
    expect(error.message).toMatch(/other\.safetensors is of no layout that Headroom knows/);
    expect(error.message).toContain('It holds 14 tensors: body.0.… (2), body.1.…, head.weight.…, scale,');
    expect(error.message).toMatch(/and 5 more kinds\. Headroom reads Stable Diffusion 1, 2 and XL and FLUX\.1/);
  });

  test.each([
    [['lora_unet_down_blocks_0_attentions_0_proj_in.lora_up.weight'], /looks like a LoRA/],
    [['transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight'], /looks like a LoRA/],
    [['control_model.input_blocks.0.0.weight'], /looks like a ControlNet/],
    [['controlnet_cond_embedding.conv_in.weight', 'down_blocks.0.resnets.0.conv1.weight'], /looks like a ControlNet/],
    [['emb_params'], /looks like a textual inversion/],
    [
      [
        'model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight',
        'first_stage_model.decoder.up.0.block.0.conv1.weight',
      ],
      /looks like Stable Diffusion 3/,
    ],
    [['distilled_guidance_layer.in_proj.bias', 'double_blocks.0.img_attn.qkv.weight'], /looks like Chroma/],
    [['double_stream_modulation_img.lin.weight', 'double_blocks.0.img_attn.qkv.weight'], /looks like FLUX\.2/],
  ])('for what %j are', (names, message) => {
    expect(refusal(withNames(...names)).message).toMatch(message);
  });

  test('for tensors that it lacks, by name', () => {
    const path = write('sd1', 'F32', (tensors) => {
      delete tensors['first_stage_model.decoder.conv_in.weight'];
    });
    expect(refusal(path).message).toMatch(/sd1\.safetensors is incomplete: it lacks decoder\.conv_in\.weight/);
  });

  test('for rows that cannot be cut as its layout says', () => {
    const path = write('flux_schnell', 'F32', (tensors) => {
      tensors['single_blocks.0.linear1.bias'] = { shape: [130], values: new Float32Array(130) };
    });
    expect(refusal(path).message).toMatch(
      /"single_blocks\.0\.linear1\.bias" of .* has 130 rows, which are not 1 \+ 1 \+ 1 \+ 4/,
    );
  });

  test('when it is no safetensors file', () => {
    const path = writeRaw(join(folder, 'broken.safetensors'), '{"a": 1}');
    expect(refusal(path)).toMatchObject({ code: 'file', message: expect.stringContaining('broken.safetensors') });
  });
});
