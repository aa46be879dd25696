"""Record what diffusers computes for small ControlNets and the UNets that they guide.

usage: python record.py        writes controlnet.json and controlnet.safetensors beside this file

The UNets are those of ../networks. No weights are stored: ../networks/weights.py makes them from a tensor's name and shape.
"""

import json
import sys
from pathlib import Path

import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from safetensors.torch import save_file

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'networks'))
from weights import model_input, values  # noqa: E402

networks = json.loads((HERE.parent / 'networks' / 'networks.json').read_text())
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

with open(HERE / 'controlnet.json', 'w') as file:
    file.write('{\n' + ',\n'.join(f'{json.dumps(name)}: {json.dumps(case)}' for name, case in cases.items()) + '\n}\n')
save_file({name: tensor.contiguous() for name, tensor in outputs.items()}, HERE / 'controlnet.safetensors')
