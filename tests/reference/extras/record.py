"""Record what diffusers draws with small pipelines and what people use with them: LoRAs, textual inversions.

usage: python record.py        writes extras.json and extras.safetensors beside this file

The pipelines are those of ../pipelines. No weights are stored: ../networks/weights.py makes them from a tensor's name and
shape.
"""

import json
import re

import torch
from rebuild import HERE, pipeline
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


lora()
inversion('inversion', 'sd15', 22, 'emb_params')
inversion('inversion_xl', 'sdxl', 23, None, {'text_encoder': 'clip_l', 'text_encoder_2': 'clip_g'})

parts = {'files': files, 'runs': runs}
lines = [
    f'"{part}": {{\n' + ',\n'.join(f'{json.dumps(key)}: {json.dumps(value)}' for key, value in entries.items()) + '\n}'
    for part, entries in parts.items()
]
(HERE / 'extras.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')
save_file(outputs, HERE / 'extras.safetensors')
