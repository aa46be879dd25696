"""Record what diffusers draws with small pipelines and what people use with them: LoRAs, textual inversions, ControlNets.

usage: python record.py        writes extras.json.gz and extras.safetensors beside this file

The pipelines are those of ../pipelines. No weights are stored: ../networks/weights.py makes them from a tensor's name and
shape.
"""

import gzip
import json
import re

import numpy as np
import torch
from diffusers import ControlNetModel, StableDiffusionControlNetPipeline, StableDiffusionXLControlNetPipeline
from PIL import Image
from rebuild import HERE, pipeline, recorded
from safetensors.torch import save_file
from weights import values

files, runs, outputs = {}, {}, {}
CALL = {'width': 64, 'height': 64, 'guidance_scale': 3.0, 'num_inference_steps': 4}
PROMPT = {'prompt': 'a red apple and a yellow banana on a wooden table', 'negative_prompt': 'blurry photograph, low quality'}
torch.set_num_threads(1)


@torch.no_grad()
def picture(built, seed, **call):
    """The final latents."""
    latents = []
    built(
        generator=torch.Generator('cpu').manual_seed(seed), output_type='latent',
        callback_on_step_end=lambda _pipe, _index, _time, kept: latents.append(kept['latents']) or {}, **call,
    )
    return latents[-1]


def record(name, which, latents, without, seed, call, **about):
    """`without`: what is drawn without what the run is about."""
    difference = (latents - without).std() / without.std()
    assert torch.isfinite(latents).all() and difference > 0.05, (name, difference)
    print(f'{name}: differs by {difference:.2f}')
    runs[name] = {'pipeline': which, 'seed': seed, **call, **about}
    outputs[f'{name}/latents'] = latents.contiguous()


def lora():
    """Of kohya's names, with alphas."""
    built = pipeline('sd15')
    without = picture(built, 21, **PROMPT, **CALL)
    shapes, alphas = {}, {}
    for prefix, model, pattern in (
        ('lora_unet_', built.unet, r'attn[12]\.to_(q|k|v|out\.0)\.weight'),
        ('lora_te_text_model_', built.text_encoder, r'self_attn\.(q|k|v|out)_proj\.weight'),
    ):
        for name, tensor in model.state_dict().items():
            if re.search(pattern, name):
                layer = prefix + name.removesuffix('.weight').removeprefix('text_model.').replace('.', '_')
                out, inputs = tensor.shape
                shapes |= {f'{layer}.lora_down.weight': [4, inputs], f'{layer}.lora_up.weight': [out, 4]}
                alphas[f'{layer}.alpha'] = 2
    state = {name: values(name, shape) for name, shape in shapes.items()} | {name: torch.tensor(2.0) for name in alphas}
    built.load_lora_weights({name.replace('lora_te_text_model_', 'lora_te_'): tensor for name, tensor in state.items()})
    built.fuse_lora(lora_scale=0.75)
    built.unload_lora_weights()
    files['lora'] = {'tensors': shapes, 'alphas': alphas}
    record('lora', 'sd15', picture(built, 21, **PROMPT, **CALL), without, 21, PROMPT | CALL, weight=0.75)


def inversion(name, which, seed, given, keys=None):
    """Several vectors under one name, in both prompts. `keys`: of the file's tensors, by text encoder."""
    call = CALL | {'prompt': 'a red <apple-style> and a banana', 'negative_prompt': 'blurry, <apple-style>'}
    built = pipeline(which)
    if hasattr(built, 'text_encoder_2'):
        # Published configs say 2, with which transformers takes the highest token for the end of the text: with new tokens
        # that would be one of theirs.
        built.text_encoder_2.text_model.eos_token_id = built.tokenizer_2.eos_token_id
    words = {key: text.replace('<apple-style>', 'apple') for key, text in call.items() if 'prompt' in key}
    without = picture(built, seed, **call | words)
    files[name] = {'tensors': {}}
    for encoder, key in (keys or {'text_encoder': given}).items():
        width = getattr(built, encoder).config.hidden_size
        files[name]['tensors'][key] = [3, width]
        tokenizer = getattr(built, encoder.replace('text_encoder', 'tokenizer'))
        state = {'<apple-style>': values(key, [3, width])}
        built.load_textual_inversion(state, token='<apple-style>', text_encoder=getattr(built, encoder), tokenizer=tokenizer)
    record(name, which, picture(built, seed, **call), without, seed, call)


SHARED = (
    'in_channels', 'flip_sin_to_cos', 'freq_shift', 'down_block_types', 'mid_block_type', 'only_cross_attention', 'block_out_channels',
    'layers_per_block', 'downsample_padding', 'act_fn', 'norm_num_groups', 'norm_eps', 'cross_attention_dim',
    'transformer_layers_per_block', 'attention_head_dim', 'use_linear_projection', 'addition_embed_type',
    'addition_time_embed_dim', 'upcast_attention', 'projection_class_embeddings_input_dim',
)


def guide_image(width, height, shift):
    """A picture that ../../support/extras.ts makes as well."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([(x * 4 + shift) % 256, (y * 4) % 256, (x + y + shift) % 256], axis=-1).astype(np.uint8)


def control(name, which, seed, kind, wishes):
    """`wishes`: strength, start and end of each ControlNet. All have the same shape and other weights."""
    config = recorded['components'][recorded['pipelines'][which]['components']['unet']]['config']
    nets = []
    for index in range(len(wishes)):
        net = ControlNetModel(**{key: config[key] for key in SHARED}, conditioning_embedding_out_channels=[4, 6, 8, 10])
        tensors = {tensor: list(value.shape) for tensor, value in net.state_dict().items()}
        # Other weights for the second: values follow from names.
        net.load_state_dict({tensor: values(f'{tensor}{"" if index == 0 else index}', shape) for tensor, shape in tensors.items()})
        nets.append(net.eval())
        plain = {key: value for key, value in net.config.items() if key != '_use_default_values'}
        files[f'{name}_{index}'] = {'tensors': tensors, 'suffix': '' if index == 0 else str(index), 'config': json.loads(json.dumps(plain, default=list))}
    call = CALL | PROMPT
    without = picture(pipeline(which), seed, **call)
    built = pipeline(which, kind, controlnet=nets if len(nets) > 1 else nets[0])
    images = [Image.fromarray(guide_image(call['width'], call['height'], 40 * index)) for index in range(len(nets))]
    strengths, starts, ends = (list(each) for each in zip(*wishes))
    several = len(nets) > 1
    latents = picture(
        built, seed, **call, image=images if several else images[0],
        controlnet_conditioning_scale=strengths if several else strengths[0],
        control_guidance_start=starts if several else starts[0], control_guidance_end=ends if several else ends[0],
    )
    record(name, which, latents, without, seed, call, controls=[{'strength': s, 'start': b, 'end': e} for s, b, e in wishes])


lora()
control('control', 'sd15', 24, StableDiffusionControlNetPipeline, [(0.5, 0.0, 1.0)])
control('control_two', 'sd15', 25, StableDiffusionControlNetPipeline, [(0.5, 0.0, 0.5), (0.75, 0.25, 1.0)])
control('control_xl', 'sdxl', 26, StableDiffusionXLControlNetPipeline, [(0.5, 0.0, 1.0)])
inversion('inversion', 'sd15', 22, 'emb_params')
inversion('inversion_xl', 'sdxl', 23, None, {'text_encoder': 'clip_l', 'text_encoder_2': 'clip_g'})

parts = {'files': files, 'runs': runs}
lines = [
    f'"{part}": {{\n' + ',\n'.join(f'{json.dumps(key)}: {json.dumps(value)}' for key, value in entries.items()) + '\n}'
    for part, entries in parts.items()
]
text = '{\n' + ',\n'.join(lines) + '\n}\n'
(HERE / 'extras.json.gz').write_bytes(gzip.compress(text.encode(), mtime=0))
save_file(outputs, HERE / 'extras.safetensors')
