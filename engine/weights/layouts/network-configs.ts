import type { InferredConfig, NetworkShapes } from './network-shapes.ts';

/**
 * The `config.json` of a FluxTransformer2DModel.
 * @throws HeadroomError `model` if a tensor is missing
 */
export function fluxConfig(shapes: NetworkShapes): InferredConfig {
  const headSize = shapes.size('transformer_blocks.0.attn.norm_q.weight', 0);
  const [channelsIn, channelsOut] = [shapes.size('x_embedder.weight', 1), shapes.size('proj_out.weight', 0)];
  return {
    _class_name: 'FluxTransformer2DModel',
    in_channels: channelsIn,
    out_channels: channelsOut === channelsIn ? null : channelsOut,
    num_layers: shapes.count('transformer_blocks'),
    num_single_layers: shapes.count('single_transformer_blocks'),
    attention_head_dim: headSize,
    num_attention_heads: shapes.size('x_embedder.weight', 0) / headSize,
    joint_attention_dim: shapes.size('context_embedder.weight', 1),
    pooled_projection_dim: shapes.size('time_text_embed.text_embedder.linear_1.weight', 1),
    guidance_embeds: shapes.hasBelow('time_text_embed.guidance_embedder'),
  };
}

/**
 * The `config.json` of an AutoencoderKL, without the scaling of its latents, which no tensor tells.
 * @throws HeadroomError `model` if a tensor is missing
 */
export function vaeConfig(shapes: NetworkShapes): InferredConfig {
  const channels = shapes.each('decoder.up_blocks', (block) => shapes.size(`${block}.resnets.0.conv1.weight`, 0));
  return {
    _class_name: 'AutoencoderKL',
    in_channels: shapes.size('encoder.conv_in.weight', 1),
    out_channels: shapes.size('decoder.conv_out.weight', 0),
    latent_channels: shapes.size('decoder.conv_in.weight', 1),
    block_out_channels: channels.toReversed(),
    layers_per_block: shapes.count('decoder.up_blocks.0.resnets') - 1,
    down_block_types: channels.map(() => 'DownEncoderBlock2D'),
    up_block_types: channels.map(() => 'UpDecoderBlock2D'),
    mid_block_add_attention: shapes.hasBelow('decoder.mid_block.attentions'),
    use_quant_conv: shapes.has('quant_conv.weight'),
    use_post_quant_conv: shapes.has('post_quant_conv.weight'),
  };
}

/**
 * The `config.json` of a CLIPTextModel.
 *
 * @param openClip whether the file had it in open_clip's layout
 * @throws HeadroomError `model` if a tensor is missing
 */
export function clipConfig(shapes: NetworkShapes, openClip: boolean): InferredConfig {
  const model = shapes.hasBelow('text_model') ? 'text_model.' : '';
  const tokens = `${model}embeddings.token_embedding.weight`;
  const [vocabulary, width] = [shapes.size(tokens, 0), shapes.size(tokens, 1)];
  const layers = shapes.count(`${model}encoder.layers`);
  const projection = 'text_projection.weight';
  return {
    model_type: 'clip_text_model',
    vocab_size: vocabulary,
    hidden_size: width,
    intermediate_size: shapes.size(`${model}encoder.layers.0.mlp.fc1.weight`, 0),
    // The encoder of Stable Diffusion 2 is used without its last layer, which single files hold all the same.
    num_hidden_layers: openClip && layers === 24 ? 23 : layers,
    num_attention_heads: width / 64,
    max_position_embeddings: shapes.size(`${model}embeddings.position_embedding.weight`, 0),
    // OpenAI's models have 768 channels at most; open_clip's larger ones have another activation.
    hidden_act: openClip || width > 768 ? 'gelu' : 'quick_gelu',
    eos_token_id: vocabulary - 1,
    projection_dim: shapes.has(projection) ? shapes.size(projection, 0) : width,
  };
}

/**
 * The `config.json` of a T5EncoderModel.
 * @throws HeadroomError `model` if a tensor is missing
 */
export function t5Config(shapes: NetworkShapes): InferredConfig {
  const embedding = shapes.has('shared.weight') ? 'shared.weight' : 'encoder.embed_tokens.weight';
  const attention = 'encoder.block.0.layer.0.SelfAttention';
  const dense = 'encoder.block.0.layer.1.DenseReluDense';
  const heads = shapes.size(`${attention}.relative_attention_bias.weight`, 1);
  const gated = shapes.has(`${dense}.wi_0.weight`);
  return {
    model_type: 't5',
    vocab_size: shapes.size(embedding, 0),
    d_model: shapes.size(embedding, 1),
    d_kv: shapes.size(`${attention}.q.weight`, 0) / heads,
    d_ff: shapes.size(`${dense}.${gated ? 'wi_0' : 'wi'}.weight`, 0),
    num_layers: shapes.count('encoder.block'),
    num_heads: heads,
    relative_attention_num_buckets: shapes.size(`${attention}.relative_attention_bias.weight`, 0),
    feed_forward_proj: gated ? 'gated-gelu' : 'relu',
  };
}
