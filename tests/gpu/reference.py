"""Make full-size models with random weights, and record what diffusers in PyTorch computes with them and how fast.

usage: python reference.py FOLDER [--models sd15,sdxl,flux] [--only TEXT] [--tiny] [--compile]

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
from safetensors.torch import save_file
from torch.nn.attention import SDPBackend, sdpa_kernel

from full_size import DEVICE, caller, inputs_of, models, save

GPU = torch.cuda.is_available()
RUNS, WARM_UP = (15, 3) if GPU else (2, 1)

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
        attention = [SDPBackend.CUDNN_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
        yield 'eager, cudnn.benchmark, cuDNN attention', True, attention


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


def key_of(call):
    component, batch, side, precision = call
    return f'{component} {batch}x{side} {precision}'


@torch.no_grad()
def record_model(name, spec, folder, only, compile_too):
    tensors, calls, loads = {}, [], []
    for component, build in spec['components'].items():
        chosen = [call for call in spec['calls'] if call[0] == component and only in key_of(call)]
        torch.manual_seed(0)
        with torch.device(DEVICE):
            model = build()
        model = model.half().eval()
        # The whole pipeline is written, whatever is measured: engine runs need it.
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
            if compile_too and component in ('unet', 'transformer'):
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
    parser.add_argument('--models', default='sd15,sdxl,flux')
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
