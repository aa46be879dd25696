"""Record what small networks put out with LoHa, LoKr and DoRA in them, merged by LyCORIS and by PEFT.

usage: python record.py        writes lycoris.json and lycoris.safetensors beside this file, in the form of ../lora

Networks are those of ../networks. The numbers of the files are made from names and shapes (../networks/weights.py), so none are
stored. A weight other than 1 adds so much of what its file changes, and each file changes the weights as they were.
"""

import gzip
import json
import sys
from pathlib import Path

import torch
from diffusers import FluxPipeline, FluxTransformer2DModel, UNet2DConditionModel
from lycoris.functional.general import weight_decompose
from lycoris.functional.lokr import kron_weight
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from safetensors.torch import save_file

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'networks'))
from weights import model_input, values  # noqa: E402

networks = json.loads(gzip.decompress((HERE.parent / 'networks' / 'networks.json.gz').read_bytes()))
cases, outputs = {}, {}


def network(name, kind):
    model = kind.from_config(networks[name]['config'])
    model.load_state_dict({key: values(key, tensor.shape) for key, tensor in model.state_dict().items()})
    return model.eval()


def module_like(weight):
    if weight.ndim == 2:
        module = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    else:
        module = torch.nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2:], bias=False)
    module.weight.data.copy_(weight)
    return module


def difference(weight, name, parts, alpha):
    """What LyCORIS adds to a weight."""
    state = {f'{name}.{part}': tensor for part, tensor in parts.items()} | {f'{name}.alpha': torch.tensor(float(alpha))}
    if any(part.startswith('lokr') for part in parts):
        get = lambda part: parts.get(f'lokr_{part}')  # noqa: E731
        rank = next((get(part).shape[0] for part in ('w2_b', 'w1_b') if get(part) is not None), None)
        scale = alpha / rank if rank else 1
        return kron_weight(*map(get, ('w1', 'w1_a', 'w1_b', 'w2', 'w2_a', 'w2_b', 't2')), scale=scale).reshape(weight.shape)
    kind = LohaModule if any(part.startswith('hada') for part in parts) else LoConModule
    # Its magnitudes are always those of the outputs.
    state.pop(f'{name}.dora_scale', None)
    module = kind.make_module_from_state_dict(name, module_like(weight), *kind.extract_state_dict(state, name))
    # What training adds; LohaModule.get_diff_weight multiplies by alpha / rank a second time.
    return module.get_weight(weight.shape) if kind is LohaModule else module.get_diff_weight(1, weight.shape)[0]


def merged(weight, name, parts, alpha):
    changed = weight + difference(weight, name, parts, alpha)
    if 'dora_scale' not in parts:
        return changed
    return weight_decompose(changed, parts['dora_scale'], 1, parts['dora_scale'].shape[0] == weight.shape[0])


class File:
    """A file by its layers: for each the shapes of its parts and an alpha."""

    def __init__(self, layers):
        self.layers, self.tensors, self.alphas = layers, {}, {}
        for layer, (parts, alpha) in layers.items():
            name = self.name(layer)
            self.tensors |= {f'{name}.{part}': shape for part, shape in parts.items()}
            self.alphas[f'{name}.alpha'] = alpha

    @staticmethod
    def name(layer):
        return f'lora_unet_{layer.replace(".", "_")}'

    def changes(self, weights):
        """What the file adds to each of these weights, named as the file names them."""
        for layer, (parts, alpha) in self.layers.items():
            name, weight = self.name(layer), weights[layer]
            tensors = {part: values(f'{name}.{part}', shape) for part, shape in parts.items()}
            yield layer, merged(weight, name, tensors, alpha) - weight


@torch.no_grad()
def record(name, kind, files, weights, component, result):
    assert torch.isfinite(result).all() and 0.01 < result.std() < 1000, (name, result.std())
    print(name, result.std())
    outputs[f'{name}/{component}'] = result.contiguous()
    files = [{'tensors': file.tensors, 'alphas': file.alphas} for file in files]
    cases[name] = {'kind': kind, 'files': files, 'weights': weights}


def unet_output(unet):
    inputs = {key: model_input('unet_sd15', key, shape) for key, shape in networks['unet_sd15']['inputs'].items()}
    return unet(inputs['sample'], 741.0, inputs['encoder_hidden_states']).sample


@torch.no_grad()
def unet_case(name, files, weights):
    unet = network('unet_sd15', UNet2DConditionModel)
    state = {key.removesuffix('.weight'): tensor.clone() for key, tensor in unet.state_dict().items()}
    for file, weight in zip(files, weights, strict=True):
        for layer, change in file.changes(state):
            unet.get_submodule(layer).weight += weight * change
    record(name, 'sd', files, weights, 'unet', unet_output(unet))


@torch.no_grad()
def peft_case(name, layers, rank):
    """A file as diffusers saves it, read and merged by PEFT."""
    unet = network('unet_sd15', UNet2DConditionModel)
    shapes = {}
    for layer in layers:
        out, inputs, *kernel = unet.get_submodule(layer).weight.shape
        shapes |= {
            f'unet.{layer}.lora_A.weight': [rank, inputs, *kernel],
            f'unet.{layer}.lora_B.weight': [out, rank, *[1 for _ in kernel]],
            f'unet.{layer}.lora_magnitude_vector.weight': [1, out, 1, 1] if kernel else [out],
        }
    file = File({})
    file.tensors = shapes
    unet.load_lora_adapter({key: values(key, shape) for key, shape in shapes.items()}, prefix='unet')
    unet.fuse_lora()
    record(name, 'sd', [file], [1], 'unet', unet_output(unet))


@torch.no_grad()
def flux_case(name, file, weight):
    transformer = network('flux_dev', FluxTransformer2DModel)
    # The makers' matrices by what diffusers keeps of them, one below the other.
    rows = {
        'double_blocks.0.img_attn.qkv': [f'transformer_blocks.0.attn.to_{part}' for part in 'qkv'],
        'double_blocks.0.txt_attn.qkv': [f'transformer_blocks.0.attn.add_{part}_proj' for part in 'qkv'],
        'single_blocks.0.linear1': [
            *[f'single_transformer_blocks.0.attn.to_{part}' for part in 'qkv'], 'single_transformer_blocks.0.proj_mlp',
        ],
        'single_blocks.0.modulation.lin': ['single_transformer_blocks.0.norm.linear'],
        'final_layer.adaLN_modulation.1': ['norm_out.linear'],
    }

    def swapped(matrix):
        return torch.cat([*reversed(matrix.chunk(2))])

    original = {
        layer: torch.cat([transformer.get_submodule(part).weight for part in parts]) for layer, parts in rows.items()
    }
    original['final_layer.adaLN_modulation.1'] = swapped(original['final_layer.adaLN_modulation.1'])
    for layer, change in file.changes(original):
        change = swapped(change) if layer.startswith('final') else change
        modules = [transformer.get_submodule(part) for part in rows[layer]]
        for module, own in zip(modules, change.split([module.weight.shape[0] for module in modules]), strict=True):
            module.weight += weight * own
    shapes = networks['flux_dev']['inputs']
    inputs = {key: model_input('flux_dev', key, shape) for key, shape in shapes.items()}
    batch, channels, height, width = shapes['latents']
    result = transformer(
        hidden_states=FluxPipeline._pack_latents(inputs['latents'], batch, channels, height, width),
        encoder_hidden_states=inputs['encoder_hidden_states'],
        pooled_projections=inputs['pooled_projections'],
        timestep=torch.full([batch], 0.75),
        guidance=torch.full([batch], 3.5),
        img_ids=FluxPipeline._prepare_latent_image_ids(batch, height // 2, width // 2, 'cpu', torch.float32),
        txt_ids=torch.zeros(5, 3),
    ).sample
    result = FluxPipeline._unpack_latents(result, 8 * height, 8 * width, 8)
    record(name, 'flux', [file], [weight], 'transformer', result)


def lora(out, inputs, rank, kernel=(), **others):
    ones = [1 for _ in kernel]
    return {'lora_down.weight': [rank, inputs, *kernel], 'lora_up.weight': [out, rank, *ones], **others}


def loha(out, inputs, rank, **others):
    parts = {}
    for which in (1, 2):
        parts |= {f'hada_w{which}_a': [out, rank], f'hada_w{which}_b': [rank, inputs]}
    return parts | others


def loha_tucker(out, inputs, rank):
    parts = {}
    for which in (1, 2):
        parts |= {
            f'hada_t{which}': [rank, rank, 3, 3], f'hada_w{which}_a': [rank, out], f'hada_w{which}_b': [rank, inputs],
        }
    return parts


FIRST, MIDDLE = 'down_blocks.0.attentions.0.transformer_blocks.0', 'mid_block.attentions.0.transformer_blocks.0'
LOHA = File({
    f'{FIRST}.attn2.to_k': (loha(8, 12, 3), 1.5),
    f'{MIDDLE}.attn1.to_q': (loha(16, 16, 2), 2),
    'mid_block.attentions.0.proj_in': (loha(16, 16, 2), 1),
    'down_blocks.1.resnets.0.conv1': (loha(16, 8 * 9, 2), 1),
    'up_blocks.1.resnets.0.conv1': (loha_tucker(16, 32, 2), 1),
})
LOKR = File({
    f'{MIDDLE}.attn2.to_k': ({'lokr_w1': [4, 3], 'lokr_w2': [4, 4]}, 5),
    f'{MIDDLE}.attn1.to_q': ({'lokr_w1': [4, 4], 'lokr_w2_a': [4, 2], 'lokr_w2_b': [2, 4]}, 1),
    f'{MIDDLE}.attn1.to_v': (
        {'lokr_w1_a': [2, 3], 'lokr_w1_b': [3, 8], 'lokr_w2_a': [8, 3], 'lokr_w2_b': [3, 2]}, 2,
    ),
    f'{MIDDLE}.attn1.to_k': ({'lokr_w1_a': [4, 2], 'lokr_w1_b': [2, 4], 'lokr_w2': [4, 4]}, 1),
    'down_blocks.1.resnets.0.conv1': ({'lokr_w1': [2, 4], 'lokr_w2': [8, 2, 3, 3]}, 1),
    'down_blocks.1.resnets.0.conv2': ({'lokr_w1': [4, 4], 'lokr_w2_a': [4, 2], 'lokr_w2_b': [2, 36]}, 1),
    'up_blocks.1.resnets.0.conv1': (
        {'lokr_w1': [2, 4], 'lokr_t2': [2, 2, 3, 3], 'lokr_w2_a': [2, 8], 'lokr_w2_b': [2, 8]}, 1,
    ),
})
DORA = File({
    f'{FIRST}.attn2.to_v': (lora(8, 12, 2, dora_scale=[8, 1]), 1),
    f'{FIRST}.attn2.to_k': (lora(8, 12, 2, dora_scale=[1, 12]), 1),
    f'{FIRST}.attn1.to_q': (lora(8, 8, 2, dora_scale=[1, 8]), 1),
    f'{MIDDLE}.attn1.to_q': (loha(16, 16, 2, dora_scale=[16, 1]), 1),
    f'{MIDDLE}.attn1.to_v': ({'lokr_w1': [4, 4], 'lokr_w2': [4, 4], 'dora_scale': [1, 16]}, 1),
    'down_blocks.1.resnets.0.conv1': (lora(16, 8, 2, (3, 3), dora_scale=[1, 8, 1, 1]), 1),
    'down_blocks.1.resnets.0.conv2': (lora(16, 16, 2, (3, 3), dora_scale=[16, 1, 1, 1]), 1),
})
FLUX = File({
    'double_blocks.0.img_attn.qkv': ({'lokr_w1': [4, 2], 'lokr_w2_a': [24, 2], 'lokr_w2_b': [2, 16]}, 1),
    'double_blocks.0.txt_attn.qkv': (loha(96, 32, 2, dora_scale=[96, 1]), 1),
    'single_blocks.0.linear1': ({'lokr_w1': [8, 4], 'lokr_w2': [28, 8]}, 1),
    'single_blocks.0.modulation.lin': (lora(96, 32, 2, dora_scale=[1, 32]), 1),
    'final_layer.adaLN_modulation.1': ({'lokr_w1': [4, 4], 'lokr_w2': [16, 8], 'dora_scale': [64, 1]}, 1),
})
unet_case('sd_loha', [LOHA], [0.75])
unet_case('sd_lokr', [LOKR], [0.6])
unet_case('sd_dora', [DORA], [1])
unet_case('sd_dora_loha', [DORA, LOHA, DORA], [0.7, -0.4, 0.2])
flux_case('flux_lycoris', FLUX, 0.8)
peft_case('sd_dora_peft', [f'{FIRST}.attn2.to_k', f'{MIDDLE}.attn1.to_q', 'down_blocks.1.resnets.0.conv1'], 2)

lines = [f'{json.dumps(name)}: {json.dumps(case)}' for name, case in cases.items()]
(HERE / 'lycoris.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')
save_file(outputs, HERE / 'lycoris.safetensors')
