"""Make full-size models with random weights, and record what diffusers in PyTorch computes with them and how fast.

usage: python reference.py FOLDER [--models sd15,sdxl] [--only TEXT] [--tiny] [--compile]

Writes FOLDER/<model>/ in diffusers' layout (float16), FOLDER/<model>.safetensors with inputs and results, and
FOLDER/reference.json with the measurements; main.ts measures Headroom on the same files. `--tiny` makes small models,
for a rehearsal on any computer. `--only` takes the calls with that text in their key, such as 'unet 2x64'. `--compile`
measures torch.compile, too, which takes minutes to start.
"""

import argparse
import json
import os
import platform
import statistics
import time

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import save_file
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

GPU = torch.cuda.is_available()
DEVICE = 'cuda' if GPU else 'cpu'
RUNS, WARM_UP = (15, 3) if GPU else (2, 1)

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


def shrink(config):
    """The same architecture with half of the channels and few layers."""
    small = dict(config)
    for name in ('hidden_size', 'intermediate_size', 'projection_dim', 'cross_attention_dim'):
        if name in small:
            small[name] //= 4
    for name, most in (('num_hidden_layers', 3), ('num_attention_heads', 4)):
        if name in small:
            small[name] = most
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
    }


def random(*shape):
    """Numbers that float16 holds exactly, so that every precision gets the same."""
    return torch.randn(*shape, device=DEVICE).half().float()


def inputs_of(component, model, batch, side):
    config = model.config
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


def caller(component, model, inputs):
    """A function of no arguments that runs the network once, and names its results."""
    dtype = model.dtype
    typed = {name: value.to(dtype) if value.is_floating_point() else value for name, value in inputs.items()}
    if component.startswith('text_encoder'):
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


def synchronize():
    if GPU:
        torch.cuda.synchronize()


def measure(call):
    """Seconds of one call that is waited for (median), and of one of several that are queued."""
    for _ in range(WARM_UP):
        call()
    synchronize()
    waited = []
    for _ in range(RUNS):
        start = time.perf_counter()
        call()
        synchronize()
        waited.append(time.perf_counter() - start)
    start = time.perf_counter()
    for _ in range(RUNS):
        call()
    synchronize()
    return {'waited': statistics.median(waited), 'queued': (time.perf_counter() - start) / RUNS}


def alone(model):
    """The same model with its weights in fresh memory: changes of precision left gaps."""
    model = model.cpu()
    if GPU:
        torch.cuda.empty_cache()
    return model.to(DEVICE)


def peak_memory(call):
    """Bytes beyond the weights, and all that PyTorch holds."""
    if not GPU:
        return {'activations': 0, 'allocated': 0, 'reserved': 0}
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    call()
    synchronize()
    peak = torch.cuda.max_memory_allocated()
    return {'activations': peak - before, 'allocated': peak, 'reserved': torch.cuda.max_memory_reserved()}


def relative_error(actual, expected):
    return ((actual.double() - expected.double()).norm() / expected.double().norm()).item()


def settings():
    """Ways to run PyTorch eagerly; the fastest counts."""
    yield 'eager', False, None
    yield 'eager, cudnn.benchmark', True, None
    if GPU:
        yield 'eager, cudnn.benchmark, cuDNN attention', True, [SDPBackend.CUDNN_ATTENTION, SDPBackend.EFFICIENT_ATTENTION]


def measure_settings(call, compiled):
    times = {}
    for name, benchmark, backends in settings():
        torch.backends.cudnn.benchmark = benchmark
        with sdpa_kernel(backends) if backends else torch.no_grad():
            times[name] = measure(call)
    torch.backends.cudnn.benchmark = False
    if compiled:
        start = time.perf_counter()
        compiled()
        synchronize()
        times['compiled'] = measure(compiled) | {'start': time.perf_counter() - start}
    return times


def load_times(path):
    """Seconds to read a file from the page cache, and to copy its bytes to the device from there."""
    size = os.path.getsize(path)
    buffer = bytearray(size)
    start = time.perf_counter()
    with open(path, 'rb') as file:
        file.readinto(buffer)
    read = time.perf_counter() - start
    host = torch.frombuffer(buffer, dtype=torch.uint8)
    synchronize()
    start = time.perf_counter()
    host.to(DEVICE)
    synchronize()
    return {'bytes': size, 'read': read, 'copy': time.perf_counter() - start}


def save(model, folder):
    os.makedirs(folder, exist_ok=True)
    name = 'model' if isinstance(model, (CLIPTextModel, CLIPTextModelWithProjection)) else 'diffusion_pytorch_model'
    path = f'{folder}/{name}.safetensors'
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, path)
    config = model.config.to_dict() if hasattr(model.config, 'to_dict') else dict(model.config)
    with open(f'{folder}/config.json', 'w') as file:
        json.dump(config, file, default=list)
    return path


def key_of(call):
    component, batch, side, precision = call
    return f'{component} {batch}x{side} {precision}'


@torch.no_grad()
def record_model(name, spec, folder, only, compile_too):
    tensors, calls, loads = {}, [], []
    for component, build in spec['components'].items():
        chosen = [call for call in spec['calls'] if call[0] == component and only in key_of(call)]
        if not chosen:
            continue
        torch.manual_seed(0)
        with torch.device(DEVICE):
            model = build()
        model = model.half().eval()
        loads.append({'model': name, 'component': component} | load_times(save(model, f'{folder}/{name}/{component}')))
        for call_spec in chosen:
            _, batch, side, precision = call_spec
            key = key_of(call_spec)
            inputs = inputs_of(component, model, batch, side)
            exact = model.float()
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
            expected = caller(component, exact, inputs)()
            torch.backends.cudnn.allow_tf32 = True
            run = alone(model.half() if precision == 'float16' else model).to(memory_format=torch.channels_last)
            call = caller(component, run, inputs)
            got = call()
            memory = peak_memory(call)
            compiled = None
            if compile_too and component == 'unet':
                compiled = caller(component, torch.compile(run), inputs)
            times = measure_settings(call, compiled)
            tensors |= {f'{key}/{part}': value.contiguous().cpu() for part, value in inputs.items()}
            tensors |= {f'{key}/{part}': value.float().contiguous().cpu() for part, value in expected.items()}
            tensors |= {f'{key}/torch/{part}': value.float().contiguous().cpu() for part, value in got.items()}
            calls.append({
                'model': name, 'component': component, 'batch': batch, 'side': side, 'precision': precision, 'key': key,
                'inputs': list(inputs), 'outputs': list(expected), 'times': times, 'memory': memory,
                'error': {part: relative_error(got[part], expected[part]) for part in expected},
            })
            print(json.dumps(calls[-1]), flush=True)
            model = model.half()
        del model
        if GPU:
            torch.cuda.empty_cache()
    save_file(tensors, f'{folder}/{name}.safetensors')
    return calls, loads


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder')
    parser.add_argument('--models', default='sd15,sdxl')
    parser.add_argument('--only', default='')
    parser.add_argument('--tiny', action='store_true')
    parser.add_argument('--compile', action='store_true')
    options = parser.parse_args()
    specs = models(options.tiny)
    calls, loads = [], []
    for name in options.models.split(','):
        added_calls, added_loads = record_model(
            name, specs[name], options.folder, options.only, options.compile
        )
        calls += added_calls
        loads += added_loads
    machine = {
        'device': torch.cuda.get_device_name() if GPU else platform.processor() or 'CPU',
        'torch': torch.__version__, 'cudnn': torch.backends.cudnn.version(), 'cuda': torch.version.cuda,
        'diffusers': diffusers.__version__, 'transformers': transformers.__version__,
    }
    with open(f'{options.folder}/reference.json', 'w') as file:
        json.dump({'machine': machine, 'calls': calls, 'loads': loads}, file, indent=1)


if __name__ == '__main__':
    main()
