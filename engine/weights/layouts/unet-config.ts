import type { InferredConfig, NetworkShapes } from './network-shapes.ts';

/** The text encoder of Stable Diffusion 1 has this width; its UNet has 8 heads everywhere, later ones 64 channels a head. */
const FIRST_CONTEXT = 768;
/** That of Stable Diffusion 2, whose scores leave float16's range. */
const SECOND_CONTEXT = 1024;

/**
 * The `config.json` of a UNet2DConditionModel. What shapes do not say is as in all published models of the family that
 * the width of the text encoder tells.
 *
 * @throws HeadroomError `model` if a tensor is missing
 */
export function unetConfig(shapes: NetworkShapes): InferredConfig {
  const down = shapes.each('down_blocks', (block) => transformerLayers(shapes, block));
  const up = shapes.each('up_blocks', (block) => transformerLayers(shapes, block));
  const nested = down.some((layers, level) => !sameForAll([...layers, ...(up.at(-1 - level) ?? [])]));
  return {
    ...encoderConfig(shapes),
    _class_name: 'UNet2DConditionModel',
    out_channels: shapes.size('conv_out.weight', 0),
    up_block_types: up.map((layers) => (layers.length > 0 ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
    transformer_layers_per_block: down.map((layers) => (nested && layers.length > 0 ? layers : (layers[0] ?? 1))),
    reverse_transformer_layers_per_block: nested ? up.map((layers) => (layers.length > 0 ? layers : 1)) : null,
  };
}

/**
 * The `config.json` of a ControlNetModel, found in the same way.
 * @throws HeadroomError `model` if a tensor is missing
 */
export function controlNetConfig(shapes: NetworkShapes): InferredConfig {
  const embedding = 'controlnet_cond_embedding';
  const widths = shapes.each(`${embedding}.blocks`, (block) => shapes.size(`${block}.weight`, 0));
  return {
    ...encoderConfig(shapes),
    _class_name: 'ControlNetModel',
    conditioning_channels: shapes.size(`${embedding}.conv_in.weight`, 1),
    conditioning_embedding_out_channels: [
      shapes.size(`${embedding}.conv_in.weight`, 0),
      ...widths.filter((_, index) => index % 2 === 1),
    ],
  };
}

/** What the way down and the middle block tell. */
function encoderConfig(shapes: NetworkShapes): InferredConfig {
  const channels = shapes.each('down_blocks', (block) => shapes.size(`${block}.resnets.0.conv1.weight`, 0));
  const down = shapes.each('down_blocks', (block) => transformerLayers(shapes, block));
  const context = contextChannels(shapes);
  return {
    in_channels: shapes.size('conv_in.weight', 1),
    block_out_channels: channels,
    layers_per_block: shapes.each('down_blocks', (block) => shapes.count(`${block}.resnets`)),
    down_block_types: down.map((layers) => (layers.length > 0 ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    mid_block_type: midBlockType(shapes),
    transformer_layers_per_block: down.map((layers) => layers[0] ?? 1),
    cross_attention_dim: context,
    attention_head_dim: context === FIRST_CONTEXT ? 8 : channels.map((width) => width / 64),
    use_linear_projection: context !== FIRST_CONTEXT,
    upcast_attention: context === SECOND_CONTEXT,
    ...embeddedLabels(shapes, context),
  };
}

/** How many transformer blocks each attention of a level has. */
function transformerLayers(shapes: NetworkShapes, block: string): number[] {
  return shapes.each(`${block}.attentions`, (attention) => shapes.count(`${attention}.transformer_blocks`));
}

function contextChannels(shapes: NetworkShapes): number {
  const attentions = shapes.each('down_blocks', (block) => `${block}.attentions.0`);
  const first = attentions.find((attention) => shapes.hasBelow(attention)) ?? 'mid_block.attentions.0';
  return shapes.size(`${first}.transformer_blocks.0.attn2.to_k.weight`, 1);
}

function midBlockType(shapes: NetworkShapes): string | null {
  if (!shapes.hasBelow('mid_block')) return null;
  return shapes.hasBelow('mid_block.attentions') ? 'UNetMidBlock2DCrossAttn' : 'UNetMidBlock2D';
}

/** What is embedded beside the timestep: in SDXL pooled text and six sizes, in unCLIP models an image. */
function embeddedLabels(shapes: NetworkShapes, context: number): InferredConfig {
  const name = 'add_embedding.linear_1.weight';
  if (!shapes.has(name)) return {};
  const size = shapes.size(name, 1);
  if (context <= SECOND_CONTEXT) return { class_embed_type: 'projection', projection_class_embeddings_input_dim: size };
  return {
    addition_embed_type: 'text_time',
    addition_time_embed_dim: 256,
    projection_class_embeddings_input_dim: size,
  };
}

function sameForAll(values: readonly number[]): boolean {
  return new Set(values).size <= 1;
}
