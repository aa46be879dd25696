"""Record what diffusers makes of small models with LoRAs in the names of several tools.

usage: python record.py        writes lora.json.gz and lora.safetensors beside this file

Models are those of ../networks. The weights of the LoRAs are made from names and shapes as well
(../networks/weights.py), so none are stored; what is recorded is an output of each network with its LoRAs fused into it.
"""

import gzip
import inspect
import json
import re
import sys
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL, DDIMScheduler, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel,
    StableDiffusionPipeline, StableDiffusionXLPipeline, UNet2DConditionModel,
)
from diffusers.loaders import lora_conversion_utils
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'networks'))
from weights import model_input, values  # noqa: E402

networks = json.loads(gzip.decompress((HERE.parent / 'networks' / 'networks.json.gz').read_bytes()))
cases, outputs = {}, {}


def network(name, kind, dtype):
    config = networks[name]['config']
    model = kind(CLIPTextConfig(**config)) if kind in (CLIPTextModel, CLIPTextModelWithProjection) else kind.from_config(config)
    state = {key: values(key, tensor.shape) for key, tensor in model.state_dict().items()}
    model.load_state_dict(state)
    return model.eval().to(dtype)


def pipeline(kind, dtype=torch.float32):
    vae = AutoencoderKL(norm_num_groups=4, block_out_channels=[8])
    if kind == 'sd':
        return StableDiffusionPipeline(
            vae, network('clip', CLIPTextModel, dtype), None, network('unet_sd15', UNet2DConditionModel, dtype), DDIMScheduler(),
            None, None, requires_safety_checker=False,
        )
    if kind == 'sdxl':
        return StableDiffusionXLPipeline(
            vae, network('clip', CLIPTextModel, dtype), network('clip_projected', CLIPTextModelWithProjection, dtype), None, None,
            network('unet_sdxl', UNet2DConditionModel, dtype), DDIMScheduler(),
        )
    transformer = network('flux_dev', FluxTransformer2DModel, dtype)
    return FluxPipeline(FlowMatchEulerDiscreteScheduler(), vae, None, None, None, None, transformer)


class Names:
    """How a tool calls the parts of an update: `layer` makes its name of a layer of a component."""

    def __init__(self, layer, down, up, alpha=None):
        self.layer, self.down, self.up, self.alpha = layer, down, up, alpha

    def tensors(self, component, layer, weight, rank, alpha):
        """Names and shapes; alphas have a value."""
        out, inputs, *kernel = weight
        name = self.layer(component, layer)
        shapes = {name + self.down: [rank, inputs, *kernel], name + self.up: [out, rank, *[1] * len(kernel)]}
        return shapes, {name + self.alpha: alpha} if self.alpha and alpha else {}


PREFIXES = {'unet': 'lora_unet', 'transformer': 'lora_unet', 'text_encoder': 'lora_te1', 'text_encoder_2': 'lora_te2'}


def kohya_layer(component, layer):
    return f'{PREFIXES[component]}_{layer.replace(".", "_")}'


def kohya_single_encoder(component, layer):
    return kohya_layer(component, layer).replace('lora_te1', 'lora_te')


def processor_layer(component, layer):
    return re.sub(r'\.(to_[qkv]|to_out)(\.0)?$', r'.processor.\1', f'{component}.{layer}')


KOHYA = Names(kohya_layer, '.lora_down.weight', '.lora_up.weight', '.alpha')
KOHYA_SD = Names(kohya_single_encoder, '.lora_down.weight', '.lora_up.weight', '.alpha')
PEFT = Names('{}.{}'.format, '.lora_A.weight', '.lora_B.weight')
PROCESSORS = Names(processor_layer, '_lora.down.weight', '_lora.up.weight')


def chosen_layers(model, pattern):
    return {
        name.removesuffix('.weight'): list(tensor.shape)
        for name, tensor in model.state_dict().items()
        if name.endswith('.weight') and re.search(pattern, name)
    }


def lora(pipe, names, patterns, rank, alpha=None):
    """The file of a LoRA as names with shapes, or with their value for alphas."""
    shapes, alphas = {}, {}
    for component, pattern in patterns.items():
        for layer, weight in chosen_layers(getattr(pipe, component), pattern).items():
            # The file has the prefix that newer versions of transformers leave out.
            if component.startswith('text_encoder') and not layer.startswith('text_'):
                layer = f'text_model.{layer}'
            own, scales = names.tensors(component, layer, weight, rank, alpha)
            shapes |= own
            alphas |= scales
    return {'tensors': shapes, 'alphas': alphas}


def state_of(file):
    state = {name: values(name, shape) for name, shape in file['tensors'].items()}
    return state | {name: torch.tensor(float(alpha)) for name, alpha in file['alphas'].items()}


@torch.no_grad()
def run(pipe, kind, case):
    def record(component, result):
        assert torch.isfinite(result).all() and 0.01 < result.float().std() < 1000, (case, component, result.std())
        outputs[f'{case}/{component}'] = result.float().contiguous()

    if kind == 'flux':
        shapes = networks['flux_dev']['inputs']
        inputs = {name: model_input('flux_dev', name, shape) for name, shape in shapes.items()}
        batch, channels, height, width = shapes['latents']
        packed = FluxPipeline._pack_latents(inputs['latents'], batch, channels, height, width)
        result = pipe.transformer(
            hidden_states=packed,
            encoder_hidden_states=inputs['encoder_hidden_states'],
            pooled_projections=inputs['pooled_projections'],
            timestep=torch.full([batch], 0.75),
            guidance=torch.full([batch], 3.5),
            img_ids=FluxPipeline._prepare_latent_image_ids(batch, height // 2, width // 2, 'cpu', torch.float32),
            txt_ids=torch.zeros(5, 3),
        ).sample
        return record('transformer', FluxPipeline._unpack_latents(result, 8 * height, 8 * width, 8))
    name = 'unet_sd15' if kind == 'sd' else 'unet_sdxl'
    inputs = {key: model_input(name, key, shape) for key, shape in networks[name]['inputs'].items()}
    added = {key: inputs[key] for key in ('text_embeds', 'time_ids') if key in inputs}
    result = pipe.unet(inputs['sample'], 741.0, inputs['encoder_hidden_states'], added_cond_kwargs=added).sample
    record('unet', result)
    for component, case_name in (('text_encoder', 'clip'), ('text_encoder_2', 'clip_projected')):
        encoder = getattr(pipe, component, None)
        if encoder is not None:
            record(component, encoder(torch.tensor(networks[case_name]['input_ids'])).last_hidden_state)


def as_transformers_names(state):
    """The first text encoder's layers as this version of transformers calls them, which files do not."""
    return {re.sub(r'^(lora_te1?_|text_encoder\.)text_model[._]', r'\1', name): tensor for name, tensor in state.items()}


def case(name, kind, files, weights=(1.0,), given=as_transformers_names):
    """`given`: what diffusers is given instead, where it cannot read the file for such a model."""
    pipe = pipeline(kind)
    files = [file(pipe) for file in files]
    for index, file in enumerate(files):
        state = given(state_of(file))
        pipe.load_lora_weights(state, adapter_name=f'lora{index}')
    if len(files) > 1:
        pipe.set_adapters([f'lora{index}' for index in range(len(files))], list(weights))
        pipe.fuse_lora(adapter_names=[f'lora{index}' for index in range(len(files))])
    else:
        pipe.fuse_lora(lora_scale=weights[0])
    pipe.unload_lora_weights()
    run(pipe, kind, name)
    cases[name] = {'kind': kind, 'files': files, 'weights': list(weights)}


def kohya_flux_by_diffusers(state):
    """diffusers' own conversion of kohya's FLUX names, at the width of the small model."""
    source = inspect.getsource(lora_conversion_utils._convert_kohya_flux_lora_to_diffusers)
    assert source.count('3072') and source.count('12288')
    space = {}
    exec(source.replace('3072', '32').replace('12288', '128'), vars(lora_conversion_utils).copy(), space)
    return space['_convert_kohya_flux_lora_to_diffusers'](dict(state))


def flux_kohya(pipe):
    width = 32
    layers = {}
    for block in range(pipe.transformer.config.num_layers):
        for stream in ('img', 'txt'):
            layers |= {
                f'double_blocks_{block}_{stream}_attn_qkv': (3 * width, width),
                f'double_blocks_{block}_{stream}_attn_proj': (width, width),
                f'double_blocks_{block}_{stream}_mlp_0': (4 * width, width),
                f'double_blocks_{block}_{stream}_mlp_2': (width, 4 * width),
                f'double_blocks_{block}_{stream}_mod_lin': (6 * width, width),
            }
    for block in range(pipe.transformer.config.num_single_layers):
        layers |= {
            f'single_blocks_{block}_linear1': (7 * width, width),
            f'single_blocks_{block}_linear2': (width, 5 * width),
            f'single_blocks_{block}_modulation_lin': (3 * width, width),
        }
    shapes, alphas = {}, {}
    for layer, weight in layers.items():
        own, scales = KOHYA.tensors('transformer', layer, weight, 4, 2)
        shapes |= own
        alphas |= scales
    return {'tensors': shapes, 'alphas': alphas}


ATTENTION = r'attn[12]\.to_(q|k|v|out\.0)\.weight'
ENCODER = r'self_attn\.(q|k|v|out)_proj\.weight|mlp\.fc[12]\.weight'
EVERYTHING = r'(attn[12]\.to_|ff\.net\.|proj_(in|out)|resnets\.\d\.(conv|time_emb)|samplers\.0\.conv).*weight'

case('sd_kohya', 'sd', [lambda pipe: lora(pipe, KOHYA_SD, {'unet': ATTENTION, 'text_encoder': ENCODER}, 4, 2)], [0.75])
case('sd_locon', 'sd', [lambda pipe: lora(pipe, KOHYA_SD, {'unet': EVERYTHING}, 3, 1)], [0.5])
case('sd_peft', 'sd', [lambda pipe: lora(pipe, PEFT, {'unet': ATTENTION, 'text_encoder': ENCODER}, 2)], [-0.6])
case('sd_processors', 'sd', [lambda pipe: lora(pipe, PROCESSORS, {'unet': ATTENTION}, 4)], [0.8])
case(
    'sd_two', 'sd',
    [
        lambda pipe: lora(pipe, KOHYA_SD, {'unet': ATTENTION, 'text_encoder': ENCODER}, 4, 2),
        lambda pipe: lora(pipe, PEFT, {'unet': r'attn2\.to_[qk]\.weight'}, 3),
    ],
    [0.7, -0.4],
)
case('sdxl_kohya', 'sdxl', [lambda pipe: lora(pipe, KOHYA, {'unet': ATTENTION, 'text_encoder': ENCODER, 'text_encoder_2': ENCODER}, 4, 2)], [0.75])
case('flux_kohya', 'flux', [flux_kohya], [0.75], kohya_flux_by_diffusers)
case('flux_peft', 'flux', [lambda pipe: lora(pipe, PEFT, {'transformer': r'(to_|add_|ff|proj_mlp|proj_out|norm\.linear).*weight'}, 2)], [0.9])

text = '{\n' + ',\n'.join(f'{json.dumps(name)}: {json.dumps(case)}' for name, case in cases.items()) + '\n}\n'
(HERE / 'lora.json.gz').write_bytes(gzip.compress(text.encode(), mtime=0))
save_file(outputs, HERE / 'lora.safetensors')
