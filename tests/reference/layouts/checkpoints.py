"""Small models in the layouts of single-file checkpoints, and what diffusers makes of them.

The original names and shapes come from the functions `original_*` below, weights from names and shapes
(../networks/weights.py). diffusers' own conversion of original checkpoints turns them into its models, which must take
every tensor. So the names are diffusers' word, not ours.
"""

import inspect
import re
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FluxTransformer2DModel, UNet2DConditionModel
from diffusers.loaders import single_file_utils
from transformers import (
    CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, T5Config, T5EncoderModel,
)

sys.path.insert(0, str(Path(__file__).parents[1] / 'networks'))
from weights import model_input, values  # noqa: E402

cases, full, outputs = {}, {}, {}


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
    """One checkpoint: its tensors, as shapes in the original layout, and the networks that diffusers finds in it.

    `scales`: factors of some tensors' numbers.
    """

    def __init__(self, case, scales={}):
        self.case, self.tensors, self.networks, self.models, self.scales = case, {}, {}, {}, scales
        self.device = 'meta' if case is None else 'cpu'

    def add(self, prefix, shapes):
        """The tensors that diffusers would read: of numbers for small models, of shapes alone on the meta device."""
        self.tensors |= with_prefix(prefix, shapes)
        if self.case is None:
            return {prefix + name: torch.empty(shape, device='meta') for name, shape in shapes.items()}
        scaled = {prefix + name: self.scales.get(prefix + name, 1) for name in shapes}
        return {prefix + name: values(prefix + name, shape) * scaled[prefix + name] for name, shape in shapes.items()}

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
        self.models['unet'] = load(model, single_file_utils.convert_ldm_unet_checkpoint(state, config))
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
        self.models['vae'] = load(model, single_file_utils.convert_ldm_vae_checkpoint({f'vae.{name.removeprefix(prefix)}': x for name, x in state.items()}, config))
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
        self.models[folder] = load(model, state)
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
        self.models['text_encoder_2'] = load(model, state | {'encoder.embed_tokens.weight': state['shared.weight']})
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
        self.models['transformer'] = load(model, convert_flux(state, width))
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
