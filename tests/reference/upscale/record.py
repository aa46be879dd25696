"""Record what small ESRGAN upscalers make of an image.

usage: python record.py        writes upscale.json and upscale.safetensors beside this file

The network is written down here as the paper has it (https://arxiv.org/abs/1809.00219, section 3.1), with the names of
basicsr's RRDBNet. No weights are stored: ../networks/weights.py makes them from a tensor's name and shape.
"""

import json
import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../networks'))
from weights import model_input, values  # noqa: E402


class Dense(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        for i in range(1, 6):
            out = channels if i == 5 else growth
            setattr(self, f'conv{i}', nn.Conv2d(channels + (i - 1) * growth, out, 3, padding=1))

    def forward(self, x):
        made = [x]
        for i in range(1, 5):
            made.append(F.leaky_relu(getattr(self, f'conv{i}')(torch.cat(made, 1)), 0.2))
        return x + 0.2 * self.conv5(torch.cat(made, 1))


class Block(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (Dense(channels, growth) for _ in range(3))

    def forward(self, x):
        return x + 0.2 * self.rdb3(self.rdb2(self.rdb1(x)))


class Upscaler(nn.Module):
    def __init__(self, channels, growth, blocks, doublings, unshuffle):
        super().__init__()
        self.unshuffle = unshuffle
        self.conv_first = nn.Conv2d(3 * unshuffle**2, channels, 3, padding=1)
        self.body = nn.Sequential(*(Block(channels, growth) for _ in range(blocks)))
        self.conv_body = nn.Conv2d(channels, channels, 3, padding=1)
        self.ups = [f'conv_up{i + 1}' for i in range(doublings)]
        for name in [*self.ups, 'conv_hr']:
            setattr(self, name, nn.Conv2d(channels, channels, 3, padding=1))
        self.conv_last = nn.Conv2d(channels, 3, 3, padding=1)

    def forward(self, x):
        first = self.conv_first(F.pixel_unshuffle(x, self.unshuffle))
        x = first + self.conv_body(self.body(first))
        for name in self.ups:
            x = F.leaky_relu(getattr(self, name)(F.interpolate(x, scale_factor=2, mode='nearest')), 0.2)
        return self.conv_last(F.leaky_relu(self.conv_hr(x), 0.2))


cases, outputs = {}, {}
for case, doublings, unshuffle, size in [('x4', 2, 1, [10, 7]), ('x2', 2, 2, [8, 12]), ('x1', 2, 4, [8, 4]), ('x8', 3, 1, [4, 5])]:
    model = Upscaler(channels=8, growth=4, blocks=2, doublings=doublings, unshuffle=unshuffle)
    shapes = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    model.load_state_dict({name: values(name, shape).reshape(shape) for name, shape in shapes.items()})
    image = model_input(case, 'image', [1, 3, *size])
    with torch.no_grad():
        upscaled = model(image)
    assert 0.01 < upscaled.std() < 100, (case, upscaled.std())
    cases[case] = {'size': size, 'unshuffle': unshuffle, 'tensors': shapes}
    outputs[case] = upscaled.contiguous()

with open(os.path.join(HERE, 'upscale.json'), 'w') as file:
    json.dump(cases, file, separators=(',', ':'))
    file.write('\n')
save_file(outputs, os.path.join(HERE, 'upscale.safetensors'))
