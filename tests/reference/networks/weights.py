"""Weights from a tensor's name and shape alone, here and in tests/support/networks.ts alike: none are stored.

They have seven significant bits, so that a file of them in float16 or bfloat16 holds exactly the same numbers.
"""

import math

import numpy as np
import torch


def numbers(name, count):
    """Whole numbers from -64 to 63: a hash of the name and the index."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x21F0AAAD)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x735A2D97)
    x = x ^ (x >> np.uint32(15))
    return (x >> np.uint32(25)).astype(np.int32) - 64


def values(name, shape):
    """Weights of a size that keeps activations near 1: norms around 1, others by their fan-in."""
    n = numbers(name, math.prod(shape)).astype(np.float32)
    if name.endswith('bias'):
        n = n / 512
    elif len(shape) == 1:
        n = 1 + n / 128
    else:
        fan_in, scale = math.prod(shape[1:]), 1.0
        while 4 / (scale * scale) <= fan_in:
            scale /= 2
        n = n / 64 * scale * 2
    return torch.from_numpy(n.reshape(shape))


def model_input(case, name, shape):
    return torch.from_numpy((numbers(f'{case}/{name}', math.prod(shape)) / 32).astype(np.float32).reshape(shape))
