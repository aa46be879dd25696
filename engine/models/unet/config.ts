import { z } from 'zod';
import { parseConfig } from '../parse-config.ts';

const zCount = z.int().positive();
const zCounts = z.union([zCount, z.array(zCount)]);
/** A field that must keep its neutral value; null and false are the same to Python. */
const off = <T extends null | false | number | string>(value: T) =>
  z.literal(value ? [value] : [false, null]).default((value || null) as never);
/** Some published configs have null for false. */
const zFlag = z
  .boolean()
  .nullable()
  .default(false)
  .transform((flag) => flag ?? false);

const zFields = z.object({
  _class_name: z.literal('UNet2DConditionModel').default('UNet2DConditionModel'),
  in_channels: zCount.default(4),
  out_channels: zCount.default(4),
  block_out_channels: z.array(zCount).min(1).default([320, 640, 1280, 1280]),
  down_block_types: z
    .array(z.literal(['CrossAttnDownBlock2D', 'DownBlock2D']))
    .default(['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D']),
  mid_block_type: z.literal(['UNetMidBlock2DCrossAttn', null]).default('UNetMidBlock2DCrossAttn'),
  up_block_types: z
    .array(z.literal(['CrossAttnUpBlock2D', 'UpBlock2D']))
    .default(['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D']),
  layers_per_block: zCounts.default(2),
  transformer_layers_per_block: z.union([zCount, z.array(zCounts)]).default(1),
  reverse_transformer_layers_per_block: z.array(zCounts).nullable().default(null),
  cross_attention_dim: zCounts.default(1280),
  // diffusers' own naming mistake, kept for its 40,000 configs: this is the number of heads (huggingface/diffusers#2011)
  attention_head_dim: zCounts.default(8),
  num_attention_heads: off(null),
  only_cross_attention: z.union([z.boolean(), z.array(z.boolean())]).default(false),
  use_linear_projection: zFlag,
  upcast_attention: zFlag,
  norm_num_groups: zCount.default(32),
  norm_eps: z.number().positive().default(1e-5),
  act_fn: z.literal(['silu', 'swish']).default('silu'),
  conv_in_kernel: zCount.default(3),
  conv_out_kernel: zCount.default(3),
  downsample_padding: z.literal([0, 1]).default(1),
  flip_sin_to_cos: z.boolean().default(true),
  freq_shift: z.number().default(0),
  time_embedding_type: off('positional'),
  time_embedding_dim: zCount.nullable().default(null),
  addition_embed_type: z.literal(['text_time', null]).default(null),
  addition_time_embed_dim: zCount.nullable().default(null),
  projection_class_embeddings_input_dim: zCount.nullable().default(null),
  center_input_sample: off(false),
  mid_block_scale_factor: off(1),
  dual_cross_attention: off(false),
  class_embed_type: off(null),
  num_class_embeds: off(null),
  class_embeddings_concat: off(false),
  encoder_hid_dim: off(null),
  encoder_hid_dim_type: off(null),
  resnet_time_scale_shift: off('default'),
  resnet_skip_time_act: off(false),
  resnet_out_scale_factor: off(1),
  time_embedding_act_fn: off(null),
  timestep_post_act: off(null),
  time_cond_proj_dim: off(null),
  attention_type: off('default'),
  cross_attention_norm: off(null),
});
type Fields = z.infer<typeof zFields>;

/** One resolution of the network, on the way down or up. */
export interface UnetLevel {
  readonly channels: number;
  readonly resnets: number;
  /** Undefined where the blocks of this level have no attention. */
  readonly attention: UnetAttention | undefined;
}

export interface UnetAttention {
  readonly heads: number;
  /** Transformer blocks after each residual block. */
  readonly layers: readonly number[];
  readonly onlyCrossAttention: boolean;
}

/** What `UNet2DConditionModel`'s fields mean, one value per level instead of scalars, lists and nested lists. */
export interface UnetConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly convInKernel: number;
  readonly convOutKernel: number;
  readonly groups: number;
  readonly epsilon: number;
  readonly crossAttentionChannels: number;
  readonly upcastAttention: boolean;
  readonly downsamplePadding: 0 | 1;
  readonly down: readonly UnetLevel[];
  readonly mid: UnetLevel | undefined;
  /** In order of use: from the lowest resolution up. */
  readonly up: readonly UnetLevel[];
  readonly time: {
    readonly sinusoidChannels: number;
    readonly channels: number;
    readonly flipSinToCos: boolean;
    readonly frequencyShift: number;
  };
  /** SDXL's second embedding, of the pooled prompt and six numbers about size and crop. */
  readonly textTime: { readonly sinusoidChannels: number; readonly inputChannels: number } | undefined;
}

const zUnetConfig = zFields.superRefine(checkConsistency).transform(unetConfig);

/** @throws HeadroomError `model` for what is not supported or contradicts itself, by field */
export function parseUnetConfig(json: unknown, source: string): UnetConfig {
  return parseConfig(zUnetConfig, json, source);
}

function checkConsistency(fields: Fields, context: z.RefinementCtx): void {
  const levels = fields.block_out_channels.length;
  const refuse = (field: keyof Fields, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message, input: fields[field] });
  for (const field of [
    'down_block_types',
    'up_block_types',
    'layers_per_block',
    'transformer_layers_per_block',
    'reverse_transformer_layers_per_block',
    'cross_attention_dim',
    'attention_head_dim',
    'only_cross_attention',
  ] as const) {
    const value = fields[field];
    if (Array.isArray(value) && value.length !== levels) {
      refuse(field, `it must have ${levels} entries, as many as block_out_channels`);
    }
  }
  if (new Set([fields.cross_attention_dim].flat()).size > 1) refuse('cross_attention_dim', 'its entries must be equal');
  fields.block_out_channels.forEach((channels, level) => {
    if (channels % fields.norm_num_groups !== 0) refuse('norm_num_groups', `it must divide ${channels} channels`);
    if (channels % at(fields.attention_head_dim, level) !== 0) {
      refuse('attention_head_dim', `it is the number of heads, which must divide ${channels} channels`);
    }
  });
  if (fields.conv_in_kernel % 2 === 0) refuse('conv_in_kernel', 'it must be odd');
  if (fields.conv_out_kernel % 2 === 0) refuse('conv_out_kernel', 'it must be odd');
  if ((fields.block_out_channels[0] ?? 0) % 2 === 1) refuse('block_out_channels', 'the first must be even');
  const nested = [fields.transformer_layers_per_block].flat().some(Array.isArray);
  if (nested && !fields.reverse_transformer_layers_per_block) {
    refuse('reverse_transformer_layers_per_block', 'it must be given with nested transformer_layers_per_block');
  }
  if (fields.addition_embed_type === 'text_time') {
    if (!fields.addition_time_embed_dim) refuse('addition_time_embed_dim', 'text_time needs it');
    if (!fields.projection_class_embeddings_input_dim) {
      refuse('projection_class_embeddings_input_dim', 'text_time needs it');
    }
  }
}

function unetConfig(fields: Fields): UnetConfig {
  const channels = fields.block_out_channels;
  const first = channels[0] as number;
  const last = channels.length - 1;
  const layersDown = fields.transformer_layers_per_block;
  const layersUp = fields.reverse_transformer_layers_per_block;

  const level = (index: number, resnets: number, attends: boolean, layers: number | number[]): UnetLevel => ({
    channels: channels[index] as number,
    resnets,
    attention: attends
      ? {
          heads: at(fields.attention_head_dim, index),
          layers: Array.from({ length: resnets }, (_, resnet) => at(layers, resnet)),
          onlyCrossAttention: at(fields.only_cross_attention, index),
        }
      : undefined,
  });

  return {
    inChannels: fields.in_channels,
    outChannels: fields.out_channels,
    convInKernel: fields.conv_in_kernel,
    convOutKernel: fields.conv_out_kernel,
    groups: fields.norm_num_groups,
    epsilon: fields.norm_eps,
    crossAttentionChannels: at(fields.cross_attention_dim, 0),
    upcastAttention: fields.upcast_attention,
    downsamplePadding: fields.downsample_padding,
    down: fields.down_block_types.map((type, index) =>
      level(index, at(fields.layers_per_block, index), type === 'CrossAttnDownBlock2D', at(layersDown, index)),
    ),
    mid: fields.mid_block_type
      ? {
          channels: channels[last] as number,
          resnets: 2,
          // The middle block never takes only_cross_attention (diffusers: UNetMidBlock2DCrossAttn).
          attention: {
            heads: at(fields.attention_head_dim, last),
            layers: [at(at(layersDown, last), 0)],
            onlyCrossAttention: false,
          },
        }
      : undefined,
    up: fields.up_block_types.map((type, index) => {
      const mirrored = last - index;
      const layers = layersUp ? at(layersUp, index) : at(layersDown, mirrored);
      return level(mirrored, at(fields.layers_per_block, mirrored) + 1, type === 'CrossAttnUpBlock2D', layers);
    }),
    time: {
      sinusoidChannels: first,
      channels: fields.time_embedding_dim ?? 4 * first,
      flipSinToCos: fields.flip_sin_to_cos,
      frequencyShift: fields.freq_shift,
    },
    textTime:
      fields.addition_embed_type === 'text_time'
        ? {
            sinusoidChannels: fields.addition_time_embed_dim as number,
            inputChannels: fields.projection_class_embeddings_input_dim as number,
          }
        : undefined,
  };
}

/** The entry for `index` of a field that holds one value for all or a list. */
function at<T>(value: T | readonly T[], index: number): T {
  return Array.isArray(value) ? (value[index] as T) : (value as T);
}
