"""Record what diffusers draws with small models in single files of their makers' layouts.

usage: python record.py        writes single-files.json.gz and single-files.safetensors beside this file

single-files.json holds names and shapes of each file's tensors, factors of some of their numbers, and the runs; single-files.safetensors the
decoded picture (neither cut to -1…1 nor scaled) of each. No weights are stored: ../networks/weights.py makes them from a tensor's
name and shape, and diffusers' own conversion reads them. What a file does not tell (scheduler, scaling of latents) is as the
published model's. Prompts are encoded with the starter model's tokenizer and the small SentencePiece model of ../t5-tokenizer.
"""

import gzip
import json
import sys
from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
)
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import CLIPTextModelWithProjection, CLIPTokenizer, PreTrainedTokenizerFast

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'layouts'))
from checkpoints import File  # noqa: E402

STARTER = HERE.parents[2] / 'resources/models/starter/tokenizer'
PROMPT, NEGATIVE = 'a red apple and a yellow banana on a wooden table', 'blurry photograph, low quality'
DOWN, CROSS_DOWN, UP, CROSS_UP = 'DownBlock2D', 'CrossAttnDownBlock2D', 'UpBlock2D', 'CrossAttnUpBlock2D'
CLIP = dict(vocab_size=4096, hidden_size=768, intermediate_size=64, num_hidden_layers=2, num_attention_heads=12)
VAE = dict(block_out_channels=[32, 32, 64], layers_per_block=1)
BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule='scaled_linear', steps_offset=1)
runs, outputs = {}, {}
torch.set_num_threads(1)


def clip_tokenizer(**options):
    return CLIPTokenizer.from_pretrained(STARTER, **options)


def t5_tokenizer():
    described = json.loads((HERE.parent / 't5-tokenizer/vocabulary.json').read_text())
    words = described.pop('words')
    described.pop('text')
    # Without its map of characters, which changes nothing in plain English.
    described = {'version': '1.0', 'normalizer': None, 'pre_tokenizer': words['pre_tokenizer'], **described}
    inner = Tokenizer.from_str(json.dumps(described))
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token='<pad>', eos_token='</s>', unk_token='<unk>')


@torch.no_grad()
def record(name, pipeline, files, **call):
    latents = []
    picture = pipeline(
        prompt=PROMPT, generator=torch.Generator('cpu').manual_seed(7), output_type='pt',
        callback_on_step_end=lambda _pipe, _index, _time, kept: latents.append(kept['latents']) or {}, **call,
    ).images
    final = latents[-1]
    config = pipeline.vae.config
    if isinstance(pipeline, FluxPipeline):
        final = FluxPipeline._unpack_latents(final, call['height'], call['width'], pipeline.vae_scale_factor)
    image = pipeline.vae.decode(final / config.scaling_factor + (config.shift_factor or 0)).sample
    assert torch.allclose(picture, (image / 2 + 0.5).clamp(0, 1), atol=1e-6)
    saturated = (image.abs() > 1).float().mean()
    print(name, 'latents', final.std(), 'image', image.std(), 'saturated', saturated)
    assert torch.isfinite(image).all() and saturated < 0.35 and image.std() > 0.1
    outputs[f'{name}/image'] = image.half().contiguous()
    scales = {name: scale for file in files.values() for name, scale in file.scales.items()}
    runs[name] = {'files': {key: file.tensors for key, file in files.items()}, 'prompt': PROMPT, 'seed': 7, **call}
    runs[name] |= {'scales': scales} if scales else {}


size = dict(width=64, height=48, num_inference_steps=4)

file = File('sd1')
file.unet(
    'model.diffusion_model.', block_out_channels=[32, 64], down_block_types=[CROSS_DOWN, DOWN], up_block_types=[UP, CROSS_UP],
    layers_per_block=1, cross_attention_dim=768, attention_head_dim=8,
)
file.vae('first_stage_model.', **VAE)
file.clip('text_encoder', 'cond_stage_model.transformer.', **CLIP)
scheduler = PNDMScheduler(skip_prk_steps=True, set_alpha_to_one=False, **BETAS)
pipeline = StableDiffusionPipeline(
    **file.models, tokenizer=clip_tokenizer(), scheduler=scheduler, safety_checker=None, feature_extractor=None,
)
record('sd1', pipeline, {'model': file}, negative_prompt=NEGATIVE, guidance_scale=4.0, **size)

# Velocities are predicted where the biases of the last norm spread more: the published model's do.
file = File('sd2', {'model.diffusion_model.output_blocks.3.1.transformer_blocks.0.norm1.bias': 2})
file.unet(
    'model.diffusion_model.', block_out_channels=[64, 64], down_block_types=[CROSS_DOWN, DOWN], up_block_types=[UP, CROSS_UP],
    layers_per_block=1, cross_attention_dim=1024, attention_head_dim=[1, 1], use_linear_projection=True, upcast_attention=True,
)
file.vae('first_stage_model.', **VAE)
file.clip(
    'text_encoder', 'cond_stage_model.model.', open_clip=True, hidden_act='gelu',
    **CLIP | dict(hidden_size=1024, num_attention_heads=16, stored_projection=[1024, 1024]),
)
scheduler = DDIMScheduler(prediction_type='v_prediction', clip_sample=False, set_alpha_to_one=False, **BETAS)
pipeline = StableDiffusionPipeline(
    **file.models, tokenizer=clip_tokenizer(pad_token='!'), scheduler=scheduler, safety_checker=None, feature_extractor=None,
)
record('sd2', pipeline, {'model': file}, negative_prompt=NEGATIVE, guidance_scale=4.0, **size)

file = File('sdxl')
file.unet(
    'model.diffusion_model.', block_out_channels=[64, 64], down_block_types=[DOWN, CROSS_DOWN], up_block_types=[CROSS_UP, UP],
    layers_per_block=1, cross_attention_dim=2048, attention_head_dim=[1, 1], use_linear_projection=True,
    addition_embed_type='text_time', addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816,
)
file.vae('first_stage_model.', scaling_factor=0.13025, **VAE)
file.clip('text_encoder', 'conditioner.embedders.0.transformer.', **CLIP)
file.clip(
    'text_encoder_2', 'conditioner.embedders.1.model.', CLIPTextModelWithProjection, open_clip=True, hidden_act='gelu',
    **CLIP | dict(hidden_size=1280, num_attention_heads=20, projection_dim=1280),
)
scheduler = EulerDiscreteScheduler(timestep_spacing='leading', **BETAS)
pipeline = StableDiffusionXLPipeline(
    **file.models, tokenizer=clip_tokenizer(), tokenizer_2=clip_tokenizer(pad_token='!'), scheduler=scheduler,
    add_watermarker=False,
)
record('sdxl', pipeline, {'model': file}, negative_prompt=NEGATIVE, guidance_scale=4.0, **size)

files = {part: File(f'flux_{part}') for part in ('model', 'vae', 'text_encoder', 'text_encoder_2')}
files['model'].flux(
    '', num_layers=1, num_single_layers=1, num_attention_heads=1, joint_attention_dim=20, pooled_projection_dim=768,
    guidance_embeds=True,
)
files['vae'].vae(
    '', latent_channels=16, use_quant_conv=False, use_post_quant_conv=False, scaling_factor=0.3611, shift_factor=0.1159, **VAE,
)
files['text_encoder'].clip('text_encoder', '', **CLIP)
files['text_encoder_2'].t5('', vocab_size=204, d_model=20, d_kv=6, d_ff=40, num_heads=2, num_layers=2)
models = {folder: model for file in files.values() for folder, model in file.models.items()}
scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True)
pipeline = FluxPipeline(**models, tokenizer=clip_tokenizer(), tokenizer_2=t5_tokenizer(), scheduler=scheduler)
record('flux', pipeline, files, guidance_scale=3.5, **size)

# Its other parts are those of the run before.
file = File('flux_schnell')
file.flux(
    'model.diffusion_model.', num_layers=1, num_single_layers=1, num_attention_heads=1, joint_attention_dim=20,
    pooled_projection_dim=768, guidance_embeds=False,
)
scheduler = FlowMatchEulerDiscreteScheduler(shift=1.0)
pipeline = FluxPipeline(
    **models | file.models, tokenizer=clip_tokenizer(), tokenizer_2=t5_tokenizer(), scheduler=scheduler,
)
record('flux_schnell', pipeline, {'model': file}, guidance_scale=0.0, max_sequence_length=256, **size)

lines = [f'{json.dumps(name)}: {json.dumps(run)}' for name, run in runs.items()]
text = '{\n' + ',\n'.join(lines) + '\n}\n'
(HERE / 'single-files.json.gz').write_bytes(gzip.compress(text.encode(), mtime=0))
save_file(outputs, HERE / 'single-files.safetensors')
