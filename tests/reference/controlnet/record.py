"""Record what diffusers computes for small ControlNets and the UNets that they guide.

usage: python record.py        writes controlnet.json and controlnet.safetensors beside this file

The UNets are those of ../networks. No weights are stored: ../networks/weights.py makes them from a tensor's name and shape.
"""

import gzip
import json
import re
import sys
from pathlib import Path

import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
from safetensors.torch import save_file

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'networks'))
from weights import model_input, values  # noqa: E402

networks = json.loads(gzip.decompress((HERE.parent / 'networks' / 'networks.json.gz').read_bytes()))
cases, outputs = {}, {}
SHARED = (
    'in_channels', 'flip_sin_to_cos', 'freq_shift', 'down_block_types', 'mid_block_type', 'only_cross_attention', 'block_out_channels',
    'layers_per_block', 'downsample_padding', 'act_fn', 'norm_num_groups', 'norm_eps', 'cross_attention_dim',
    'transformer_layers_per_block', 'attention_head_dim', 'use_linear_projection', 'addition_embed_type',
    'addition_time_embed_dim', 'upcast_attention', 'projection_class_embeddings_input_dim',
)


def fill(model):
    shapes = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    model.load_state_dict({name: values(name, shape) for name, shape in shapes.items()})
    model.eval()
    return shapes


@torch.no_grad()
def controlnet(case, unet_case, scale, **options):
    recorded = networks[unet_case]
    unet = UNet2DConditionModel.from_config(recorded['config'])
    fill(unet)
    model = ControlNetModel(**{key: recorded['config'][key] for key in SHARED}, **options)
    tensors = fill(model)
    inputs = {name: model_input(unet_case, name, shape) for name, shape in recorded['inputs'].items()}
    batch, _, height, width = inputs['sample'].shape
    larger = 2 ** (len(options['conditioning_embedding_out_channels']) - 1)
    # Pictures are from 0 to 1.
    image = (model_input(case, 'image', [batch, 3, larger * height, larger * width]) + 2) / 4
    added = {name: inputs[name] for name in ('text_embeds', 'time_ids') if name in inputs}
    shared = dict(encoder_hidden_states=inputs['encoder_hidden_states'], added_cond_kwargs=added)
    down, mid = model(inputs['sample'], 741.0, controlnet_cond=image, conditioning_scale=1.0, return_dict=False, **shared)
    prediction = unet(
        inputs['sample'], 741.0, down_block_additional_residuals=[scale * x for x in down],
        mid_block_additional_residual=scale * mid, **shared,
    ).sample
    free = unet(inputs['sample'], 741.0, **shared).sample
    assert (free - prediction).abs().mean() > 0.1 * free.std(), case
    config = {key: value for key, value in model.config.items() if key != '_use_default_values'}
    cases[case] = {
        'config': json.loads(json.dumps(config, default=list)), 'unet': unet_case, 'scale': scale, 'tensors': tensors,
        'image': list(image.shape),
    }
    for index, residual in enumerate(down):
        outputs[f'{case}/residual.down_{index}'] = residual
    outputs[f'{case}/residual.mid'] = mid.contiguous()
    outputs[f'{case}/prediction'] = prediction.contiguous()


controlnet('controlnet_sd15', 'unet_sd15', 0.75, conditioning_embedding_out_channels=[4, 6, 8, 10])
controlnet(
    'controlnet_sdxl', 'unet_sdxl', 1.0, conditioning_embedding_out_channels=[4, 8], controlnet_conditioning_channel_order='bgr',
)

def original_name(name, layers):
    """What the makers of ControlNet call it (lllyasviel/ControlNet: cldm.py)."""
    for new, old in (
        ('time_embedding.linear_1', 'time_embed.0'), ('time_embedding.linear_2', 'time_embed.2'), ('conv_in', 'input_blocks.0.0'),
        ('controlnet_cond_embedding.conv_in', 'input_hint_block.0'), ('controlnet_cond_embedding.conv_out', 'input_hint_block.14'),
        ('controlnet_mid_block', 'middle_block_out.0'),
    ):
        if name.startswith(new + '.'):
            return name.replace(new, old)
    name = re.sub(r'^controlnet_cond_embedding\.blocks\.(\d)', lambda m: f'input_hint_block.{2 * int(m[1]) + 2}', name)
    name = re.sub(r'^controlnet_down_blocks\.(\d+)', r'zero_convs.\1.0', name)
    for new, old in (
        ('norm1', 'in_layers.0'), ('conv1', 'in_layers.2'), ('time_emb_proj', 'emb_layers.1'), ('norm2', 'out_layers.0'),
        ('conv2', 'out_layers.3'), ('conv_shortcut', 'skip_connection'),
    ):
        name = re.sub(rf'(resnets\.\d)\.{new}\.', rf'\1.{old}.', name)
    name = re.sub(r'^mid_block\.resnets\.(\d)', lambda m: f'middle_block.{2 * int(m[1])}', name)
    name = name.replace('mid_block.attentions.0', 'middle_block.1')

    def block(match):
        level, part, index = int(match[1]), match[2], int(match[3])
        first = 1 + level * (layers + 1)
        if part == 'downsamplers':
            return f'input_blocks.{first + layers}.0'
        return f'input_blocks.{first + index}.{0 if part == "resnets" else 1}'

    return re.sub(r'^down_blocks\.(\d)\.(\w+)\.(\d)', block, name).replace('.0.conv.', '.0.op.')


@torch.no_grad()
def original(case, **options):
    """A ControlNet in its makers' layout, of names and shapes that diffusers' own conversion takes whole."""
    model = ControlNetModel(**options)
    shapes = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    originals = {f'control_model.{original_name(name, 2)}': shape for name, shape in shapes.items()}
    state = {name: values(name, shape) for name, shape in originals.items()}
    model.load_state_dict(convert_controlnet_checkpoint(state, dict(model.config)))
    model.eval()
    sample = model_input(case, 'sample', [1, 4, 4, 4])
    states = model_input(case, 'encoder_hidden_states', [1, 3, 768])
    image = (model_input(case, 'image', [1, 3, 32, 32]) + 2) / 4
    _, mid = model(sample, 741.0, states, controlnet_cond=image, return_dict=False)
    cases[case] = {'tensors': originals, 'image': [1, 3, 32, 32]}
    outputs[f'{case}/residual.mid'] = mid


# Stable Diffusion 1's width of text tells what shapes do not
original(
    'controlnet_original', cross_attention_dim=768, block_out_channels=[32, 64], attention_head_dim=8,
    down_block_types=['CrossAttnDownBlock2D', 'DownBlock2D'], conditioning_embedding_out_channels=[4, 6, 8, 10],
)

with open(HERE / 'controlnet.json', 'w') as file:
    file.write('{\n' + ',\n'.join(f'{json.dumps(name)}: {json.dumps(case)}' for name, case in cases.items()) + '\n}\n')
save_file({name: tensor.contiguous() for name, tensor in outputs.items()}, HERE / 'controlnet.safetensors')
