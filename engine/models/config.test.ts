import { expect, test } from 'vitest';
import { HeadroomError } from '../contract/errors.ts';
import { parseClipTextConfig } from './clip/config.ts';
import { parseFluxConfig } from './flux/config.ts';
import { parseT5Config } from './t5/config.ts';
import { parseUnetConfig } from './unet/config.ts';
import { parseVaeConfig } from './vae/config.ts';

const unet = {
  _class_name: 'UNet2DConditionModel',
  block_out_channels: [320, 640],
  down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
  attention_head_dim: [5, 10],
};
const vae = {
  block_out_channels: [128, 256],
  down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D'],
  up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D'],
};

test('attention_head_dim is the number of heads, and lists run from the top on the way up', () => {
  const config = parseUnetConfig({ ...unet, layers_per_block: [1, 3], transformer_layers_per_block: 2 }, 'config.json');
  expect(config.down).toEqual([
    { channels: 320, resnets: 1, attention: { heads: 5, layers: [2], onlyCrossAttention: false } },
    { channels: 640, resnets: 3, attention: undefined },
  ]);
  expect(config.mid?.attention?.heads).toBe(10);
  expect(config.up).toEqual([
    { channels: 640, resnets: 4, attention: undefined },
    { channels: 320, resnets: 2, attention: { heads: 5, layers: [2, 2], onlyCrossAttention: false } },
  ]);
});

test('fields that change nothing and those of training tools are ignored', () => {
  const extras = { _diffusers_version: '0.6.0', dropout: 0.1, sample_size: 64, decay: 0.9999, use_ema_warmup: true };
  expect(parseUnetConfig({ ...unet, ...extras }, 'config.json')).toEqual(parseUnetConfig(unet, 'config.json'));
});

test('null is false', () => {
  const nulls = {
    upcast_attention: null,
    use_linear_projection: null,
    resnet_skip_time_act: null,
    class_embed_type: false,
  };
  expect(parseUnetConfig({ ...unet, ...nulls }, 'config.json')).toEqual(parseUnetConfig(unet, 'config.json'));
});

test.each<[string, unknown, RegExp]>([
  ['_class_name', 'UNet3DConditionModel', /is "UNet3DConditionModel"; Headroom supports "UNet2DConditionModel" here/],
  ['class_embed_type', 'timestep', /is "timestep"; Headroom supports false or null here/],
  ['num_class_embeds', 1000, /is 1000; Headroom supports false or null here/],
  ['time_embedding_type', 'fourier', /is "fourier"; Headroom supports "positional" here/],
  ['act_fn', 'mish', /is "mish"; Headroom supports "silu" or "swish" here/],
  ['addition_embed_type', 'image', /is "image"; Headroom supports "text_time" or null here/],
  ['addition_embed_type', 'text_time', /"addition_time_embed_dim" is undefined; text_time needs it|text_time needs it/],
  ['encoder_hid_dim_type', 'image_proj', /Headroom supports false or null here/],
  ['resnet_time_scale_shift', 'scale_shift', /Headroom supports "default" here/],
  ['time_cond_proj_dim', 256, /Headroom supports false or null here/],
  ['attention_type', 'gated', /Headroom supports "default" here/],
  ['dual_cross_attention', true, /Headroom supports false or null here/],
  ['mid_block_type', 'UNetMidBlock2DSimpleCrossAttn', /Headroom supports "UNetMidBlock2DCrossAttn" or null here/],
  ['down_block_types.1', ['CrossAttnDownBlock2D', 'AttnDownBlock2D'], /is "AttnDownBlock2D"; Headroom supports/],
  ['attention_head_dim', [5, 9], /number of heads, which must divide 640 channels/],
  ['attention_head_dim', [5], /must have 2 entries/],
  ['up_block_types', ['UpBlock2D'], /must have 2 entries/],
  ['cross_attention_dim', [768, 1024], /must be equal/],
  ['norm_num_groups', 48, /must divide 320 channels/],
  ['block_out_channels', [], /block_out_channels/],
  ['in_channels', -4, /"in_channels" is -4/],
  ['reverse_transformer_layers_per_block', undefined, /must be given with nested transformer_layers_per_block/],
])('a denoiser is refused for its %s of %j', (field, value, reason) => {
  const name = field.split('.')[0] as string;
  const config =
    field === 'reverse_transformer_layers_per_block'
      ? { ...unet, transformer_layers_per_block: [[1, 2], 1] }
      : { ...unet, [name]: value };
  expectRefused(() => parseUnetConfig(config, '/models/unet/config.json'), '/models/unet/config.json', reason);
});

test.each<[string, unknown, RegExp]>([
  ['_class_name', 'AutoencoderTiny', /Headroom supports "AutoencoderKL" here/],
  ['act_fn', 'relu', /Headroom supports "silu" or "swish" here/],
  ['up_block_types', ['UpDecoderBlock2D'], /as many entries as block_out_channels/],
  [
    'down_block_types',
    ['AttnDownEncoderBlock2D', 'DownEncoderBlock2D'],
    /"down_block_types\.0" is "AttnDownEncoderBlock2D"/,
  ],
  ['latents_mean', [0, 0, 0, 0], /"latents_mean" is \[0,0,0,0\]/],
  ['norm_num_groups', 48, /must divide each of block_out_channels/],
])('an autoencoder is refused for its %s of %j', (field, value, reason) => {
  expectRefused(() => parseVaeConfig({ ...vae, [field]: value }, 'vae/config.json'), 'vae/config.json', reason);
});

test.each<[string, unknown, RegExp]>([
  ['hidden_act', 'relu', /Headroom supports "quick_gelu" or "gelu" here/],
  ['num_attention_heads', 7, /must divide hidden_size/],
  ['model_type', 't5', /Headroom supports "clip_text_model" or "clip" here/],
  ['vocab_size', '49408', /"vocab_size" is "49408"/],
])('a text encoder is refused for its %s of %j', (field, value, reason) => {
  expectRefused(() => parseClipTextConfig({ [field]: value }, 'te/config.json'), 'te/config.json', reason);
});

test.each<[string, unknown, RegExp]>([
  ['feed_forward_proj', 'relu', /is "relu"; Headroom supports "gated-gelu" here/],
  ['feed_forward_proj', undefined, /Headroom supports "gated-gelu" here/],
  ['model_type', 'umt5', /Headroom supports "t5" here/],
  ['relative_attention_num_buckets', 30, /multiple of 4/],
  ['relative_attention_max_distance', 8, /more than a quarter of relative_attention_num_buckets/],
])('a T5 encoder is refused for its %s of %j', (field, value, reason) => {
  const config = { feed_forward_proj: 'gated-gelu', [field]: value };
  expectRefused(() => parseT5Config(config, 't5/config.json'), 't5/config.json', reason);
});

test.each<[string, unknown, RegExp]>([
  ['_class_name', 'SD3Transformer2DModel', /Headroom supports "FluxTransformer2DModel" here/],
  ['patch_size', 2, /Headroom supports 1 here/],
  ['axes_dims_rope', [16, 56, 48], /its sum must be attention_head_dim/],
  ['axes_dims_rope', [15, 57, 56], /multiple of 2/],
  ['attention_head_dim', 64, /its sum must be attention_head_dim/],
])('a FLUX transformer is refused for its %s of %j', (field, value, reason) => {
  expectRefused(() => parseFluxConfig({ [field]: value }, 'dit/config.json'), 'dit/config.json', reason);
});

test.each([null, 'text', [1]])('a config that is %j is refused', (json) => {
  expectRefused(() => parseUnetConfig(json, 'config.json'), 'config.json', /expected object/);
});

function expectRefused(parse: () => unknown, source: string, reason: RegExp): void {
  let thrown: unknown;
  try {
    parse();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(HeadroomError);
  expect(thrown).toMatchObject({ code: 'model', message: expect.stringMatching(reason) });
  expect((thrown as HeadroomError).message.startsWith(source)).toBe(true);
}
