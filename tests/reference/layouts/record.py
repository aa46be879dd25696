"""Record what diffusers makes of single-file checkpoints in the layouts of their makers.

usage: python record.py        writes layouts.json, layouts.safetensors and full-size.json.gz beside this file

Small models: the original names and shapes come from the functions `original_*` below, weights from names and shapes
(../networks/weights.py). diffusers' own conversion of original checkpoints turns them into its models, which must take
every tensor, and the models' outputs are recorded. So the names are diffusers' word, not ours.

full-size.json.gz: the names and shapes of the published models' single files, found the same way without any weights.
"""

import gzip
import inspect
import json
import re
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FluxTransformer2DModel, UNet2DConditionModel
from diffusers.loaders import single_file_utils
from safetensors.torch import save_file
from transformers import (
    CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, T5Config, T5EncoderModel,
)

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'networks'))
from weights import model_input, values  # noqa: E402

cases, outputs = {}, {}


# Original names, from those of diffusers


def original_resnet(rest):
    for new, old in (
        ('norm1', 'in_layers.0'), ('conv1', 'in_layers.2'), ('time_emb_proj', 'emb_layers.1'), ('norm2', 'out_layers.0'),
        ('conv2', 'out_layers.3'), ('conv_shortcut', 'skip_connection'),
    ):
        if rest.startswith(new + '.'):
            return rest.replace(new, old)
    raise ValueError(rest)


def original_unet(name, config):
    for new, old in (
        ('time_embedding.linear_1', 'time_embed.0'), ('time_embedding.linear_2', 'time_embed.2'),
        ('add_embedding.linear_1', 'label_emb.0.0'), ('add_embedding.linear_2', 'label_emb.0.2'),
        ('conv_in', 'input_blocks.0.0'), ('conv_norm_out', 'out.0'), ('conv_out', 'out.2'),
    ):
        if name.startswith(new + '.'):
            return name.replace(new, old)
    layers = config['layers_per_block']
    kind, *path = name.split('.')
    if kind == 'mid_block':
        index, rest = int(path[1]), '.'.join(path[2:])
        return f'middle_block.1.{rest}' if path[0] == 'attentions' else f'middle_block.{2 * index}.{original_resnet(rest)}'
    level, part, index, rest = int(path[0]), path[1], int(path[2]), '.'.join(path[3:])
    if kind == 'down_blocks':
        block = f'input_blocks.{1 + level * (layers + 1) + (layers if part == "downsamplers" else index)}'
    else:
        block = f'output_blocks.{level * (layers + 1) + (layers if part == "upsamplers" else index)}'
    if part == 'attentions':
        return f'{block}.1.{rest}'
    if part == 'resnets':
        return f'{block}.0.{original_resnet(rest)}'
    if part == 'downsamplers':
        return f'{block}.0.{rest.replace("conv", "op")}'
    return f'{block}.{2 if "CrossAttn" in config["up_block_types"][level] else 1}.{rest}'


def original_vae(name, config):
    last = len(config['block_out_channels']) - 1
    name = name.replace('conv_norm_out', 'norm_out').replace('conv_shortcut', 'nin_shortcut')
    name = re.sub(r'down_blocks\.(\d+)\.resnets\.', r'down.\1.block.', name)
    name = re.sub(r'down_blocks\.(\d+)\.downsamplers\.0', r'down.\1.downsample', name)
    name = re.sub(r'up_blocks\.(\d+)\.resnets\.', lambda m: f'up.{last - int(m[1])}.block.', name)
    name = re.sub(r'up_blocks\.(\d+)\.upsamplers\.0', lambda m: f'up.{last - int(m[1])}.upsample', name)
    name = name.replace('mid_block.resnets.0', 'mid.block_1').replace('mid_block.resnets.1', 'mid.block_2')
    name = name.replace('mid_block.attentions.0', 'mid.attn_1').replace('group_norm', 'norm')
    return re.sub(r'to_([qkv])', r'\1', name).replace('to_out.0', 'proj_out')


def original_open_clip(shapes):
    result = {}
    for name, shape in shapes.items():
        name = name.removeprefix('text_model.')
        name = name.replace('embeddings.token_embedding', 'token_embedding').replace('final_layer_norm', 'ln_final')
        name = name.replace('encoder.layers', 'transformer.resblocks').replace('layer_norm', 'ln_')
        name = name.replace('mlp.fc1', 'mlp.c_fc').replace('mlp.fc2', 'mlp.c_proj').replace('self_attn', 'attn')
        if name == 'embeddings.position_embedding.weight':
            result['positional_embedding'] = shape
        elif name == 'text_projection.weight':
            result['text_projection'] = shape[::-1]
        elif fused := re.fullmatch(r'(.*)\.q_proj\.(weight|bias)', name):
            result[f'{fused[1]}.in_proj_{fused[2]}'] = [3 * shape[0], *shape[1:]]
        elif not re.search(r'\.[kv]_proj\.', name) and not name.endswith('position_ids'):
            result[name] = shape
    return result


def original_flux(shapes):
    result = {}
    ends = {
        'x_embedder': 'img_in', 'context_embedder': 'txt_in', 'proj_out': 'final_layer.linear',
        'norm_out.linear': 'final_layer.adaLN_modulation.1',
    }
    for new, old in (('timestep', 'time'), ('guidance', 'guidance'), ('text', 'vector')):
        for index, layer in ((1, 'in'), (2, 'out')):
            ends[f'time_text_embed.{new}_embedder.linear_{index}'] = f'{old}_in.{layer}_layer'
    for stream, old in (('', 'img'), ('_context', 'txt')):
        ends |= {
            f'norm1{stream}.linear': f'{old}_mod.lin', f'ff{stream}.net.0.proj': f'{old}_mlp.0', f'ff{stream}.net.2': f'{old}_mlp.2',
        }
    double = ends | {
        'attn.to_q': 'img_attn.qkv', 'attn.add_q_proj': 'txt_attn.qkv', 'attn.to_out.0': 'img_attn.proj',
        'attn.to_add_out': 'txt_attn.proj', 'attn.norm_q': 'img_attn.norm.query_norm', 'attn.norm_k': 'img_attn.norm.key_norm',
        'attn.norm_added_q': 'txt_attn.norm.query_norm', 'attn.norm_added_k': 'txt_attn.norm.key_norm',
    }
    single = {
        'norm.linear': 'modulation.lin', 'attn.to_q': 'linear1', 'proj_out': 'linear2',
        'attn.norm_q': 'norm.query_norm', 'attn.norm_k': 'norm.key_norm',
    }
    for name, shape in shapes.items():
        if re.search(r'\.(to_[kv]|add_[kv]_proj|proj_mlp)\.', name):
            continue
        stem, end = name.rsplit('.', 1)
        block = re.fullmatch(r'(single_)?transformer_blocks\.(\d+)\.(.*)', stem)
        old = (single if block[1] else double)[block[3]] if block else ends[stem]
        if block:
            old = f'{"single" if block[1] else "double"}_blocks.{block[2]}.{old}'
        height = 7 if old.endswith('linear1') else 3 if old.endswith('qkv') else 1
        result[f'{old}.{"scale" if "_norm" in old else end}'] = [height * shape[0], *shape[1:]]
    return result


# diffusers' conversion of the original checkpoints


def convert_flux(checkpoint, width):
    source = inspect.getsource(single_file_utils.convert_flux_transformer_checkpoint_to_diffusers)
    assert source.count('inner_dim = 3072') == 1
    space = {}
    exec(source.replace('inner_dim = 3072', f'inner_dim = {width}'), vars(single_file_utils).copy(), space)
    return space['convert_flux_transformer_checkpoint_to_diffusers'](checkpoint)


def load(model, state):
    own = model.state_dict()
    if not any(name.startswith('text_model.') for name in own):
        state = {name.removeprefix('text_model.'): tensor for name, tensor in state.items()}
    missing, unexpected = model.load_state_dict(state, strict=False, assign=True)
    assert not missing, missing
    assert not unexpected, unexpected
    return model.eval()


def shapes_of(model):
    return {name: list(tensor.shape) for name, tensor in model.state_dict().items()}


def with_prefix(prefix, shapes):
    return {prefix + name: shape for name, shape in shapes.items()}


class File:
    """One checkpoint: its tensors, as shapes in the original layout, and the networks that diffusers finds in it."""

    def __init__(self, case):
        self.case, self.tensors, self.networks = case, {}, {}
        self.device = 'meta' if case is None else 'cpu'

    def add(self, prefix, shapes):
        """The tensors that diffusers would read: of numbers for small models, of shapes alone on the meta device."""
        self.tensors |= with_prefix(prefix, shapes)
        if self.case is None:
            return {prefix + name: torch.empty(shape, device='meta') for name, shape in shapes.items()}
        return {prefix + name: values(prefix + name, shape) for name, shape in shapes.items()}

    def record(self, folder, inputs, results):
        self.networks[folder] = {
            name: list(x.shape) if x.is_floating_point() else x.tolist() for name, x in inputs.items()
        }
        for name, result in results.items():
            assert torch.isfinite(result).all() and 0.01 < result.std() < 100, (self.case, folder, name, result.std())
            outputs[f'{self.case}/{folder}/{name}'] = result.contiguous()

    def input(self, folder, name, *shape):
        return model_input(f'{self.case}/{folder}', name, shape)

    @torch.no_grad()
    def unet(self, prefix, **options):
        with torch.device(self.device):
            model = UNet2DConditionModel(**options)
        config = dict(model.config)
        shapes = {original_unet(name, config): shape for name, shape in shapes_of(model).items()}
        state = self.add(prefix, shapes)
        load(model, single_file_utils.convert_ldm_unet_checkpoint(state, config))
        if self.case is None:
            return
        inputs = {
            'sample': self.input('unet', 'sample', 2, config['in_channels'], 8, 4),
            'encoder_hidden_states': self.input('unet', 'encoder_hidden_states', 2, 5, config['cross_attention_dim']),
        }
        if config['addition_embed_type']:
            text = config['projection_class_embeddings_input_dim'] - 6 * 256
            inputs |= {'text_embeds': self.input('unet', 'text_embeds', 2, text), 'time_ids': self.input('unet', 'time_ids', 2, 6)}
        added = {name: inputs[name] for name in ('text_embeds', 'time_ids') if name in inputs}
        result = model(inputs['sample'], 741.0, inputs['encoder_hidden_states'], added_cond_kwargs=added).sample
        self.record('unet', inputs, {'prediction': result})

    @torch.no_grad()
    def vae(self, prefix, **options):
        blocks = len(options['block_out_channels'])
        with torch.device(self.device):
            model = AutoencoderKL(
                down_block_types=['DownEncoderBlock2D'] * blocks, up_block_types=['UpDecoderBlock2D'] * blocks, **options
            )
        config = dict(model.config)
        shapes = {}
        for name, shape in shapes_of(model).items():
            old = original_vae(name, config)
            shapes[old] = shape + [1, 1] if re.search(r'attn_1\.(q|k|v|proj_out)\.weight', old) else shape
        state = self.add(prefix, shapes)
        # diffusers takes this prefix away itself, and no other but "vae."
        load(model, single_file_utils.convert_ldm_vae_checkpoint({f'vae.{name.removeprefix(prefix)}': x for name, x in state.items()}, config))
        if self.case is None:
            return
        factor = 2 ** (blocks - 1)
        sample = self.input('vae', 'sample', 1, 3, 2 * factor, 4 * factor)
        latents = self.input('vae', 'latents', 1, config['latent_channels'], 2, 4)
        results = {'mean': model.encode(sample).latent_dist.mean, 'image': model.decode(latents).sample}
        self.record('vae', {'sample': sample, 'latents': latents}, results)

    @torch.no_grad()
    def clip(self, folder, prefix, kind=CLIPTextModel, open_clip=False, stored_layers=None, stored_projection=None, **options):
        options = dict(vocab_size=49408, max_position_embeddings=77, eos_token_id=options.get('vocab_size', 49408) - 1) | options
        layers = options['num_hidden_layers']
        with torch.device(self.device):
            model = kind(CLIPTextConfig(**options))
            whole = kind(CLIPTextConfig(**options | {'num_hidden_layers': stored_layers or layers}))
        shapes = {f'text_model.{name}' if name[0] in 'ef' and not name.startswith('text_') else name: shape for name, shape in shapes_of(whole).items()}
        if open_clip:
            if stored_projection:
                shapes['text_projection.weight'] = stored_projection
            state = self.add(prefix, original_open_clip(shapes))
            state = single_file_utils.convert_open_clip_checkpoint(model, state, prefix)
        else:
            state = self.add(prefix, shapes)
            if prefix:
                state = single_file_utils.convert_ldm_clip_checkpoint(state, prefix)
        load(model, state)
        if self.case is None:
            return
        end = options['vocab_size'] - 1
        ids = torch.tensor([[end - 1, 3, 9, end, end, end], [end - 1, end, 1, 2, end, end]])
        result = model(ids, output_hidden_states=True)
        pooled = result.text_embeds if 'text_embeds' in result else result.pooler_output
        self.record(folder, {'input_ids': ids}, {'last': result.last_hidden_state, 'pooled': pooled})

    @torch.no_grad()
    def t5(self, prefix, **options):
        with torch.device(self.device):
            model = T5EncoderModel(T5Config(feed_forward_proj='gated-gelu', **options))
        shapes = {name: shape for name, shape in shapes_of(model).items() if name != 'encoder.embed_tokens.weight'}
        state = {name.removeprefix(prefix): x for name, x in self.add(prefix, shapes).items()}
        load(model, state | {'encoder.embed_tokens.weight': state['shared.weight']})
        if self.case is None:
            return
        ids = torch.tensor([[5, 8, 1, 0, 0], [7, 1, 0, 0, 0]])
        self.record('text_encoder_2', {'input_ids': ids}, {'last': model(ids).last_hidden_state})

    @torch.no_grad()
    def flux(self, prefix, **options):
        with torch.device(self.device):
            model = FluxTransformer2DModel(**options)
        width = model.config.num_attention_heads * model.config.attention_head_dim
        state = self.add(prefix, original_flux(shapes_of(model)))
        load(model, convert_flux(state, width))
        if self.case is None:
            return
        config = model.config
        inputs = {
            'sample': self.input('transformer', 'sample', 2, 6, config.in_channels),
            'encoder_hidden_states': self.input('transformer', 'encoder_hidden_states', 2, 5, config.joint_attention_dim),
            'pooled_projections': self.input('transformer', 'pooled_projections', 2, config.pooled_projection_dim),
        }
        rows, columns = torch.meshgrid(torch.arange(2.0), torch.arange(3.0), indexing='ij')
        result = model(
            hidden_states=inputs['sample'],
            encoder_hidden_states=inputs['encoder_hidden_states'],
            pooled_projections=inputs['pooled_projections'],
            timestep=torch.full([2], 0.75),
            guidance=torch.full([2], 3.5) if config.guidance_embeds else None,
            img_ids=torch.stack([torch.zeros(6), rows.flatten(), columns.flatten()], 1),
            txt_ids=torch.zeros(5, 3),
        ).sample
        self.record('transformer', inputs, {'prediction': result})

    def save(self, name=None):
        if self.case:
            cases[self.case] = {'tensors': self.tensors, 'networks': self.networks}
        else:
            full[name] = self.tensors


full = {}
DOWN, CROSS_DOWN, UP, CROSS_UP = 'DownBlock2D', 'CrossAttnDownBlock2D', 'UpBlock2D', 'CrossAttnUpBlock2D'

# Stable Diffusion 1: all in one file, with what training left in it
for small in (True, False):
    file = File('sd1' if small else None)
    channels = [32, 64] if small else [320, 640, 1280, 1280]
    blocks = len(channels) - 1
    file.unet(
        'model.diffusion_model.', block_out_channels=channels, down_block_types=[CROSS_DOWN] * blocks + [DOWN],
        up_block_types=[UP] + [CROSS_UP] * blocks, cross_attention_dim=768, attention_head_dim=8,
    )
    file.vae('first_stage_model.', block_out_channels=[32, 32, 64] if small else [128, 256, 512, 512], layers_per_block=2)
    size = dict(vocab_size=60, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=1, max_position_embeddings=9)
    large = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    file.clip('text_encoder', 'cond_stage_model.transformer.', **(size if small else large))
    file.tensors |= {
        'cond_stage_model.transformer.text_model.embeddings.position_ids': [1, 9 if small else 77],
        'alphas_cumprod': [1000], 'model_ema.decay': [], 'model_ema.diffusion_modelinput_blocks00weight': [4],
    }
    file.save('sd1')

# Stable Diffusion 2: linear projections, open_clip with a layer that is not used
for small in (True, False):
    file = File('sd2' if small else None)
    channels = [64, 64] if small else [320, 640, 1280, 1280]
    blocks = len(channels) - 1
    file.unet(
        'model.diffusion_model.', block_out_channels=channels, down_block_types=[CROSS_DOWN] * blocks + [DOWN],
        up_block_types=[UP] + [CROSS_UP] * blocks, cross_attention_dim=1024, attention_head_dim=[c // 64 for c in channels],
        use_linear_projection=True, upcast_attention=True, layers_per_block=1 if small else 2,
    )
    size = dict(vocab_size=60, hidden_size=64, intermediate_size=96, num_attention_heads=1, max_position_embeddings=9)
    large = dict(hidden_size=1024, intermediate_size=4096, num_attention_heads=16)
    file.clip(
        'text_encoder', 'cond_stage_model.model.', open_clip=True, num_hidden_layers=23, stored_layers=24, hidden_act='gelu',
        stored_projection=[64, 64] if small else [1024, 1024], **(size if small else large),
    )
    if not small:
        file.vae('first_stage_model.', block_out_channels=[128, 256, 512, 512], layers_per_block=2)
    file.tensors['cond_stage_model.model.logit_scale'] = []
    file.save('sd2')

# SDXL: two text encoders, the second with a projection that is no square here
for small in (True, False):
    file = File('sdxl' if small else None)
    channels = [64, 64, 128] if small else [320, 640, 1280]
    file.unet(
        'model.diffusion_model.', block_out_channels=channels, down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN],
        up_block_types=[CROSS_UP, CROSS_UP, UP], cross_attention_dim=2048, attention_head_dim=[c // 64 for c in channels],
        use_linear_projection=True, layers_per_block=1 if small else 2, transformer_layers_per_block=[1, 1, 2] if small else [1, 2, 10],
        addition_embed_type='text_time', addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=1536 + (48 if small else 1280),
    )
    if not small:
        file.vae('first_stage_model.', block_out_channels=[128, 256, 512, 512], layers_per_block=2)
    size = dict(vocab_size=60, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=1, max_position_embeddings=9)
    large = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    file.clip('text_encoder', 'conditioner.embedders.0.transformer.', **(size if small else large))
    large = dict(hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=20, projection_dim=1280)
    file.clip(
        'text_encoder_2', 'conditioner.embedders.1.model.', CLIPTextModelWithProjection, open_clip=True, hidden_act='gelu',
        **(size | {'projection_dim': 48} if small else large),
    )
    file.tensors['conditioner.embedders.1.model.logit_scale'] = []
    file.save('sdxl')

# FLUX.1-dev, all in one file
for small in (True, False):
    file = File('flux_dev' if small else None)
    size = dict(num_layers=2, num_single_layers=2, num_attention_heads=2, joint_attention_dim=20, pooled_projection_dim=64)
    file.flux('model.diffusion_model.', guidance_embeds=True, **(size if small else {}))
    file.vae(
        'vae.', block_out_channels=[32, 64] if small else [128, 256, 512, 512], layers_per_block=2, latent_channels=16,
        use_quant_conv=False, use_post_quant_conv=False, scaling_factor=0.3611, shift_factor=0.1159,
    )
    size = dict(vocab_size=60, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=1, max_position_embeddings=9)
    large = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    file.clip('text_encoder', 'text_encoders.clip_l.transformer.', **(size if small else large))
    file.t5(
        'text_encoders.t5xxl.transformer.', **(
            dict(vocab_size=50, d_model=20, d_kv=6, d_ff=24, num_layers=2, num_heads=3) if small else
            dict(vocab_size=32128, d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64)
        ),
    )
    file.save('flux_dev')

# FLUX.1-schnell: the transformer alone, and the other parts of FLUX as people have them
for small in (True, False):
    file = File('flux_schnell' if small else None)
    size = dict(num_layers=1, num_single_layers=1, num_attention_heads=1, joint_attention_dim=12, pooled_projection_dim=8)
    file.flux('', guidance_embeds=False, **(size if small else {}))
    file.save('flux_schnell')
file = File('vae_alone')
file.vae('', block_out_channels=[32, 32], layers_per_block=1, latent_channels=16, use_quant_conv=False, use_post_quant_conv=False)
file.save()
file = File('t5_alone')
file.t5('', vocab_size=50, d_model=12, d_kv=4, d_ff=20, num_layers=1, num_heads=2)
file.save()
file = File('clip_alone')
file.clip(
    'text_encoder', '', vocab_size=60, hidden_size=64, intermediate_size=96, num_hidden_layers=1, num_attention_heads=1,
    max_position_embeddings=9,
)
file.save()

lines = [f'{json.dumps(name)}: {json.dumps(case)}' for name, case in cases.items()]
(HERE / 'layouts.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')
save_file(outputs, HERE / 'layouts.safetensors')
with gzip.GzipFile(HERE / 'full-size.json.gz', 'wb', mtime=0) as packed:
    packed.write(json.dumps(full).encode())
