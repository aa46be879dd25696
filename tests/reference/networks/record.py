"""Record what diffusers and transformers compute for small networks of many configurations.

usage: python record.py        writes networks.json.gz and networks.safetensors beside this file

No weights are stored: weights.py makes them from a tensor's name and shape.
"""

import gzip
import json
import os

import torch
from diffusers import AutoencoderKL, FluxPipeline, FluxTransformer2DModel, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, T5Config, T5EncoderModel
from weights import model_input, values

HERE = os.path.dirname(os.path.abspath(__file__))
cases, outputs = {}, {}


def fill(model, stored=lambda name, shape: (name, shape)):
    """Gives a model its weights; `stored` is the name and shape that a tensor has in the checkpoint."""
    shapes, state = {}, {}
    for name, tensor in model.state_dict().items():
        stored_name, stored_shape = stored(name, list(tensor.shape))
        shapes[stored_name] = stored_shape
        state[name] = values(stored_name, stored_shape).reshape(tensor.shape)
    model.load_state_dict(state)
    model.eval()
    return shapes


def record(case, config, tensors, inputs, results):
    cases[case] = {'config': config, 'tensors': tensors, 'inputs': {name: list(x.shape) for name, x in inputs.items()}}
    for name, result in results.items():
        assert torch.isfinite(result).all() and 0.01 < result.std() < 100, (case, name, result.std())
        outputs[f'{case}/{name}'] = result.contiguous()


def plain(config):
    fields = {key: value for key, value in config.items() if key != '_use_default_values'}
    return json.loads(json.dumps(fields, default=list))


@torch.no_grad()
def unet(case, size, batch=2, timestep=741.0, **options):
    model = UNet2DConditionModel(norm_num_groups=4, cross_attention_dim=12, **options)
    tensors = fill(model)
    shapes = {'sample': [batch, model.config.in_channels, *size], 'encoder_hidden_states': [batch, 7, 12]}
    if model.config.addition_embed_type:
        text = model.config.projection_class_embeddings_input_dim - 6 * model.config.addition_time_embed_dim
        shapes |= {'text_embeds': [batch, text], 'time_ids': [batch, 6]}
    inputs = {name: model_input(case, name, shape) for name, shape in shapes.items()}
    added = {name: inputs[name] for name in ('text_embeds', 'time_ids') if name in inputs}
    result = model(inputs['sample'], timestep, inputs['encoder_hidden_states'], added_cond_kwargs=added).sample
    record(case, plain(model.config), tensors, inputs, {'prediction': result})


@torch.no_grad()
def vae(case, size, stored=lambda name, shape: (name, shape), **options):
    blocks = len(options['block_out_channels'])
    model = AutoencoderKL(
        norm_num_groups=4,
        down_block_types=['DownEncoderBlock2D'] * blocks,
        up_block_types=['UpDecoderBlock2D'] * blocks,
        **options,
    )
    tensors = fill(model, stored)
    sample = model_input(case, 'sample', [1, 3, *size])
    distribution = model.encode(sample).latent_dist
    latents = model_input(case, 'latents', list(distribution.mean.shape))
    results = {
        'mean': distribution.mean,
        'logvar': distribution.logvar,
        'image': model.decode(latents).sample,
    }
    record(case, plain(model.config), tensors, {'sample': sample, 'latents': latents}, results)


@torch.no_grad()
def clip(case, kind, ids, **options):
    config = CLIPTextConfig(
        vocab_size=50, hidden_size=16, intermediate_size=24, num_attention_heads=2, max_position_embeddings=9, **options
    )
    model = kind(config)
    tensors = fill(model)
    ids = torch.tensor(ids)
    result = model(ids, output_hidden_states=True)
    norm = model.get_submodule('text_model.final_layer_norm' if 'text_model.final_layer_norm.weight' in tensors else 'final_layer_norm')
    results = {
        'last': result.last_hidden_state,
        'penultimate': result.hidden_states[-2],
        'penultimate_normalized': norm(result.hidden_states[-2]),
        'pooled': result.text_embeds if 'text_embeds' in result else result.pooler_output,
    }
    record(case, plain(config.to_diff_dict() | options | {'hidden_size': 16}), tensors, {}, results)
    cases[case]['input_ids'] = ids.tolist()


@torch.no_grad()
def t5(case, ids, **options):
    config = T5Config(vocab_size=50, d_model=8, d_kv=6, d_ff=20, num_heads=2, feed_forward_proj='gated-gelu', **options)
    model = T5EncoderModel(config)
    tensors = fill(model, lambda name, shape: (name.replace('encoder.embed_tokens', 'shared'), shape))
    ids = torch.tensor(ids)
    record(case, plain(config.to_diff_dict() | options), tensors, {}, {'last': model(ids).last_hidden_state})
    cases[case]['input_ids'] = ids.tolist()


@torch.no_grad()
def flux(case, height, width, **options):
    """`height` and `width` are those of the latents."""
    model = FluxTransformer2DModel(
        attention_head_dim=16, num_attention_heads=2, axes_dims_rope=(4, 6, 6), joint_attention_dim=20,
        pooled_projection_dim=12, **options,
    )
    tensors = fill(model)
    channels = model.config.in_channels // 4
    latents = model_input(case, 'latents', [2, channels, height, width])
    packed = FluxPipeline._pack_latents(latents, 2, channels, height, width)
    assert torch.equal(FluxPipeline._unpack_latents(packed, 8 * height, 8 * width, 8), latents)
    inputs = {
        'latents': latents,
        'encoder_hidden_states': model_input(case, 'encoder_hidden_states', [2, 5, 20]),
        'pooled_projections': model_input(case, 'pooled_projections', [2, 12]),
    }
    result = model(
        hidden_states=packed,
        encoder_hidden_states=inputs['encoder_hidden_states'],
        pooled_projections=inputs['pooled_projections'],
        timestep=torch.full([2], 0.75),
        guidance=torch.full([2], 3.5) if model.config.guidance_embeds else None,
        img_ids=FluxPipeline._prepare_latent_image_ids(2, height // 2, width // 2, 'cpu', torch.float32),
        txt_ids=torch.zeros(5, 3),
    ).sample
    unpacked = FluxPipeline._unpack_latents(result, 8 * height, 8 * width, 8)
    record(case, plain(model.config), tensors, inputs, {'prediction': unpacked})


def old_attention_names(name, shape):
    """The autoencoders of Stable Diffusion 1 as diffusers saved them before 0.12, with 1×1 convolutions before that."""
    for new, old in (('to_q', 'query'), ('to_k', 'key'), ('to_v', 'value'), ('to_out.0', 'proj_attn')):
        if f'attentions.0.{new}.' in name:
            return name.replace(new, old), shape + [1, 1] if name.endswith('weight') else shape
    return name, shape


DOWN, CROSS_DOWN, UP, CROSS_UP = 'DownBlock2D', 'CrossAttnDownBlock2D', 'UpBlock2D', 'CrossAttnUpBlock2D'

# Stable Diffusion 1.5's four levels; sizes that are odd on the way down
unet('unet_sd15', (10, 6), block_out_channels=[8, 16, 16, 16], attention_head_dim=2, layers_per_block=2)
# Stable Diffusion 2: linear projections, heads by level
unet(
    'unet_sd2', (8, 12), block_out_channels=[8, 16, 16], attention_head_dim=[1, 2, 4], use_linear_projection=True,
    upcast_attention=True, layers_per_block=[1, 2, 1], down_block_types=[CROSS_DOWN, CROSS_DOWN, DOWN],
    up_block_types=[UP, CROSS_UP, CROSS_UP], transformer_layers_per_block=2,
)
# Inpainting: nine channels in
unet(
    'unet_inpaint', (5, 7), block_out_channels=[8, 16], in_channels=9, layers_per_block=1,
    down_block_types=[CROSS_DOWN, DOWN], up_block_types=[UP, CROSS_UP], attention_head_dim=4, timestep=0.5,
)
unet(
    'unet_only_cross_attention', (4, 4), block_out_channels=[8, 16], only_cross_attention=[True, False],
    layers_per_block=1, down_block_types=[CROSS_DOWN, CROSS_DOWN], up_block_types=[CROSS_UP, CROSS_UP],
    attention_head_dim=2,
)
# SDXL: text and size embedding, transformers by level
unet(
    'unet_sdxl', (8, 4), block_out_channels=[8, 16, 16], attention_head_dim=[1, 2, 4], use_linear_projection=True,
    layers_per_block=1, down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN], up_block_types=[CROSS_UP, CROSS_UP, UP],
    transformer_layers_per_block=[1, 2, 3], addition_embed_type='text_time', addition_time_embed_dim=6,
    projection_class_embeddings_input_dim=46,
)
# Every field that published models seldom set
unet(
    'unet_rare', (6, 8), batch=1, block_out_channels=[8, 12, 16], attention_head_dim=2, layers_per_block=2,
    down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN], up_block_types=[CROSS_UP, CROSS_UP, UP],
    transformer_layers_per_block=[1, [1, 2], [2, 1]], reverse_transformer_layers_per_block=[[1, 2, 1], [2, 1, 1], 1],
    mid_block_type=None, conv_in_kernel=5, conv_out_kernel=1, downsample_padding=0, flip_sin_to_cos=False,
    freq_shift=1, time_embedding_dim=20, norm_eps=1e-3, out_channels=6,
)
vae('vae', (8, 12), block_out_channels=[8, 16], layers_per_block=1)
vae('vae_old_names', (8, 8), old_attention_names, block_out_channels=[8, 12, 16], layers_per_block=2)
vae(
    'vae_bare', (4, 8), block_out_channels=[8, 8], latent_channels=16, use_quant_conv=False, use_post_quant_conv=False,
    mid_block_add_attention=False,
)
# FLUX: 16 channels, no convolutions around the latents, a shift
vae(
    'vae_flux', (8, 16), block_out_channels=[8, 8, 16], latent_channels=16, use_quant_conv=False, use_post_quant_conv=False,
    layers_per_block=2, scaling_factor=0.3611, shift_factor=0.1159,
)
clip('clip', CLIPTextModel, [[48, 3, 9, 49, 49, 49], [48, 49, 1, 2, 49, 49]], num_hidden_layers=3, eos_token_id=2)
clip(
    'clip_projected', CLIPTextModelWithProjection, [[48, 7, 49, 0, 0, 0, 0, 0, 0]], num_hidden_layers=2, hidden_act='gelu',
    eos_token_id=49, projection_dim=10,
)
# More tokens than the farthest distance that has a bucket of its own
t5('t5', [[(7 * i * i + 3 * batch) % 50 for i in range(140)] for batch in range(2)], num_layers=3)
flux('flux_dev', 4, 6, in_channels=16, num_layers=2, num_single_layers=3, guidance_embeds=True)
flux('flux_schnell', 8, 2, in_channels=8, num_layers=1, num_single_layers=2)

text = '{\n' + ',\n'.join(f'{json.dumps(name)}: {json.dumps(case)}' for name, case in cases.items()) + '\n}\n'
with open(f'{HERE}/networks.json.gz', 'wb') as file:
    file.write(gzip.compress(text.encode(), mtime=0))
save_file(outputs, f'{HERE}/networks.safetensors')
