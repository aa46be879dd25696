"""Networks of full size with random weights: what is built, what they are called with, and how diffusers calls them."""

import json
import os

import torch
from diffusers import AutoencoderKL, FluxTransformer2DModel, UNet2DConditionModel
from safetensors.torch import save_model
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, T5Config, T5EncoderModel

DEVICE = 'cuda' if torch.cuda.is_available() else 'cpu'

CLIP_L = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, projection_dim=768)
CLIP_G = dict(
    hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=20, projection_dim=1280,
    hidden_act='gelu',
)
VAE = dict(
    block_out_channels=[128, 256, 512, 512], layers_per_block=2, down_block_types=['DownEncoderBlock2D'] * 4,
    up_block_types=['UpDecoderBlock2D'] * 4,
)
SD15 = dict(sample_size=64, cross_attention_dim=768, attention_head_dim=8)
SDXL = dict(
    sample_size=128, block_out_channels=[320, 640, 1280], attention_head_dim=[5, 10, 20], cross_attention_dim=2048,
    down_block_types=['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'], use_linear_projection=True,
    up_block_types=['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'], transformer_layers_per_block=[1, 2, 10],
    addition_embed_type='text_time', addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816,
)


FLUX = dict(guidance_embeds=True)
FLUX_VAE = VAE | dict(latent_channels=16, use_quant_conv=False, use_post_quant_conv=False)
T5_XXL = dict(d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64)
TEXT_TOKENS = 512


def shrink(config):
    """The same architecture with half of the channels and few layers."""
    small = dict(config)
    for name in ('hidden_size', 'intermediate_size', 'projection_dim', 'cross_attention_dim'):
        if name in small:
            small[name] //= 4
    for name, most in (('num_hidden_layers', 3), ('num_attention_heads', 4)):
        if name in small:
            small[name] = most
    if 'd_model' in small:
        small |= dict(d_model=1024, d_ff=1024, num_layers=2, num_heads=4)
    if 'guidance_embeds' in small:
        small |= dict(num_layers=1, num_single_layers=2, num_attention_heads=4, joint_attention_dim=1024, pooled_projection_dim=192)
    if 'transformer_layers_per_block' in small:
        small['transformer_layers_per_block'] = [1, 1, 2]
    if 'addition_embed_type' in small:
        small |= dict(addition_time_embed_dim=32, projection_class_embeddings_input_dim=1280 // 4 + 6 * 32)
    channels = small.get('block_out_channels', [320, 640, 1280, 1280] if 'sample_size' in small else None)
    if channels:
        small['block_out_channels'] = [value // 2 for value in channels]
    return small


# What is built from each config, and the calls: name, component, batch, side of the latents, precision
def models(tiny):
    size = shrink if tiny else dict
    side = (lambda value: value // 8) if tiny else (lambda value: value)
    t5 = lambda: T5EncoderModel(T5Config(vocab_size=32128, feed_forward_proj='gated-gelu', **size(T5_XXL)))
    clip = lambda kind, config: lambda: kind(CLIPTextConfig(vocab_size=49408, eos_token_id=49407, **size(config)))
    return {
        'sd15': {
            'components': {
                'text_encoder': clip(CLIPTextModel, CLIP_L),
                'unet': lambda: UNet2DConditionModel(**size(SD15)),
                'vae': lambda: AutoencoderKL(**size(VAE), scaling_factor=0.18215, force_upcast=False),
            },
            'calls': [
                ('text_encoder', 2, 0, 'float16'),
                ('unet', 2, side(64), 'float16'),
                ('unet', 8, side(64), 'float16'),
                ('vae', 1, side(64), 'float16'),
            ],
        },
        'sdxl': {
            'components': {
                'text_encoder': clip(CLIPTextModel, CLIP_L),
                'text_encoder_2': clip(CLIPTextModelWithProjection, CLIP_G),
                'unet': lambda: UNet2DConditionModel(**size(SDXL)),
                'vae': lambda: AutoencoderKL(**size(VAE), scaling_factor=0.13025, force_upcast=True),
            },
            'calls': [
                ('text_encoder', 2, 0, 'float16'),
                ('text_encoder_2', 2, 0, 'float16'),
                ('unet', 2, side(128), 'float16'),
                ('vae', 1, side(128), 'float32'),
            ],
        },
        'flux': {
            'components': {
                'text_encoder': clip(CLIPTextModel, CLIP_L),
                'text_encoder_2': t5,
                'transformer': lambda: FluxTransformer2DModel(**size(FLUX)),
                'vae': lambda: AutoencoderKL(**size(FLUX_VAE), scaling_factor=0.3611, shift_factor=0.1159),
            },
            'calls': [
                ('text_encoder_2', 1, 0, 'float16'),
                ('transformer', 1, side(128), 'float16'),
            ],
        },
    }


def random(*shape):
    """Numbers that float16 holds exactly, so that every precision gets the same."""
    return torch.randn(*shape, device=DEVICE).half().float()


def inputs_of(component, model, batch, side):
    config = model.config
    if isinstance(model, T5EncoderModel):
        return {'input_ids': torch.randint(0, 32000, (batch, TEXT_TOKENS), device=DEVICE)}
    if component == 'transformer':
        return flux_inputs(model, batch, side // 2)
    if component.startswith('text_encoder'):
        ids = torch.randint(0, 49000, (batch, 77), device=DEVICE)
        ids[:, 0], ids[:, 20:] = 49406, 49407
        return {'input_ids': ids}
    if component == 'vae':
        return {'latents': random(batch, config.latent_channels, side, side)}
    inputs = {
        'sample': random(batch, config.in_channels, side, side),
        'timestep': torch.tensor([741.0], device=DEVICE),
        'encoder_hidden_states': random(batch, 77, config.cross_attention_dim),
    }
    if config.addition_embed_type:
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        inputs['text_embeds'] = random(batch, pooled)
        inputs['time_ids'] = torch.tensor([[1024.0, 1024, 0, 0, 1024, 1024]] * batch, device=DEVICE)
    return inputs


def flux_positions(patches):
    """Row and column of each token, as FluxPipeline numbers them: the text's first."""
    image = torch.zeros(patches, patches, 3, device=DEVICE)
    image[..., 1] += torch.arange(patches, device=DEVICE)[:, None]
    image[..., 2] += torch.arange(patches, device=DEVICE)[None, :]
    return torch.zeros(TEXT_TOKENS, 3, device=DEVICE), image.reshape(-1, 3)


def flux_inputs(model, batch, patches):
    config = model.config
    text, image = flux_positions(patches)
    cosines, sines = model.pos_embed(torch.cat([text, image]))
    return {
        'sample': random(batch, patches * patches, config.in_channels),
        'timestep': torch.tensor([741.0], device=DEVICE),
        'guidance': torch.tensor([3.5], device=DEVICE),
        'encoder_hidden_states': random(batch, TEXT_TOKENS, config.joint_attention_dim),
        'pooled_projections': random(batch, config.pooled_projection_dim),
        # diffusers has each angle twice.
        'rotary_cosines': cosines[:, ::2].float(), 'rotary_sines': sines[:, ::2].float(),
    }


def flux_call(model, typed):
    patches = round(typed['sample'].shape[1] ** 0.5)
    text, image = flux_positions(patches)
    result = model(
        hidden_states=typed['sample'], encoder_hidden_states=typed['encoder_hidden_states'],
        pooled_projections=typed['pooled_projections'], timestep=typed['timestep'] / 1000, guidance=typed['guidance'],
        txt_ids=text, img_ids=image,
    )
    return {'prediction': result.sample}


def caller(component, model, inputs):
    """A function of no arguments that runs the network once, and names its results."""
    dtype = model.dtype
    typed = {name: value.to(dtype) if value.is_floating_point() else value for name, value in inputs.items()}
    if component == 'transformer':
        def call():
            return flux_call(model, typed)
    elif isinstance(model, T5EncoderModel):
        def call():
            return {'last': model(typed['input_ids']).last_hidden_state}
    elif component.startswith('text_encoder'):
        def call():
            result = model(typed['input_ids'], output_hidden_states=True)
            named = {'last': result.last_hidden_state, 'penultimate': result.hidden_states[-2]}
            return named | {'pooled': result.text_embeds if 'text_embeds' in result else result.pooler_output}
    elif component == 'vae':
        latents = typed['latents'].contiguous(memory_format=torch.channels_last)
        def call():
            return {'image': model.decode(latents).sample}
    else:
        sample = typed['sample'].contiguous(memory_format=torch.channels_last)
        added = {name: typed[name] for name in ('text_embeds', 'time_ids') if name in typed}
        def call():
            states = typed['encoder_hidden_states']
            result = model(sample, inputs['timestep'][0], states, added_cond_kwargs=added or None)
            return {'prediction': result.sample}
    return call


def save(model, folder):
    os.makedirs(folder, exist_ok=True)
    name = 'model' if isinstance(model, (CLIPTextModel, CLIPTextModelWithProjection, T5EncoderModel)) else 'diffusion_pytorch_model'
    path = f'{folder}/{name}.safetensors'
    save_model(model, path)
    config = model.config.to_dict() if hasattr(model.config, 'to_dict') else dict(model.config)
    with open(f'{folder}/config.json', 'w') as file:
        json.dump(config, file, default=list)
    return path
