"""Record what diffusers draws with small models of the exact architectures of published ones.

usage: python record.py        writes pipelines.json.gz and pipelines.safetensors beside this file

pipelines.json holds the components (config, names and shapes of tensors), the pipelines that are made of them and the runs;
pipelines.safetensors what each run computes on the way, in float32 or, for pictures, in float16. No weights are stored:
networks/weights.py makes them from a tensor's name and shape. Prompts are encoded with the starter model's tokenizer and the
small SentencePiece model of t5-tokenizer.
"""

import gzip
import json
import sys
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
)

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'networks'))
from weights import model_input, values  # noqa: E402

STARTER = HERE.parents[2] / 'resources/models/starter/tokenizer'
PROMPT = 'a red apple and a yellow banana on a wooden table'
NEGATIVE = 'blurry photograph, low quality'
components, pipelines, runs, outputs = {}, {}, {}, {}
models = {}
torch.set_num_threads(1)


def plain(config, ignored=()):
    fields = {key: value for key, value in config.items() if key not in ('_use_default_values', *ignored)}
    return json.loads(json.dumps(fields, default=list))


def component(name, model, config, stored=lambda tensor: tensor, scales={}):
    """`stored`: the name that a tensor has in published files. `scales`: factors of some weights, that keep numbers small."""
    shapes, state = {}, {}
    for tensor, value in model.state_dict().items():
        shapes[stored(tensor)] = list(value.shape)
        state[tensor] = values(stored(tensor), list(value.shape)) * scales.get(stored(tensor), 1)
    model.load_state_dict(state)
    models[name] = model.eval()
    components[name] = {'config': config, 'tensors': shapes} | ({'scales': scales} if scales else {})


def clip(name, kind=CLIPTextModel, **options):
    options = {'vocab_size': 4096, 'intermediate_size': 48, 'num_attention_heads': 2, 'eos_token_id': 2} | options
    model = kind(CLIPTextConfig(**options))
    # transformers 5 has dropped a prefix from its own names, published files have it.
    component(
        name,
        model,
        {'model_type': 'clip_text_model', **options},
        lambda tensor: tensor if tensor.startswith(('text_model.', 'text_projection.')) else f'text_model.{tensor}',
    )


def vae(name, channels, scales, **options):
    model = AutoencoderKL(
        block_out_channels=channels,
        down_block_types=['DownEncoderBlock2D'] * len(channels),
        up_block_types=['UpDecoderBlock2D'] * len(channels),
        norm_num_groups=4,
        **options,
    )
    component(name, model, plain(model.config), scales=scales)


def unet(name, **options):
    model = UNet2DConditionModel(norm_num_groups=4, sample_size=8, **options)
    component(name, model, plain(model.config))


def flux(name, **options):
    model = FluxTransformer2DModel(
        in_channels=64, attention_head_dim=16, num_attention_heads=2, axes_dims_rope=(4, 6, 6), joint_attention_dim=20,
        pooled_projection_dim=16, num_layers=2, num_single_layers=2, **options,
    )
    component(name, model, plain(model.config))


def tokenizer(kind):
    if kind == 't5':
        described = json.loads((HERE.parent / 't5-tokenizer/vocabulary.json').read_text())
        words = described.pop('words')
        # Without its map of characters, which changes nothing in plain English.
        described.pop('text')
        described = {'version': '1.0', 'normalizer': None, 'pre_tokenizer': words['pre_tokenizer'], **described}
        inner = Tokenizer.from_str(json.dumps(described))
        return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token='<pad>', eos_token='</s>', unk_token='<unk>')
    return CLIPTokenizer.from_pretrained(STARTER, **({'pad_token': '!'} if kind == 'clip_exclamation' else {}))


def pipeline(name, kind, parts, tokenizers, scheduler, **index):
    built = kind(
        **{folder: models[part] for folder, part in parts.items()},
        **{folder: tokenizer(which) for folder, which in tokenizers.items()},
        scheduler=scheduler,
        **({'safety_checker': None, 'feature_extractor': None} if kind is StableDiffusionPipeline else {}),
        **index,
    )
    pipelines[name] = {
        'index': {'_class_name': kind.__name__, **index},
        'components': parts,
        'tokenizers': tokenizers,
        'scheduler': {'_class_name': type(scheduler).__name__, **plain(scheduler.config)},
    }
    return built


def check(name, value, low, high):
    assert torch.isfinite(value).all() and low < value.std() < high, (name, value.std())
    print(f'{name}: {list(value.shape)}, std {value.std():.3f}')


@torch.no_grad()
def run(name, built, which, seed, **call):
    """Records the prompt's embeddings and the denoiser's first call as they are given to it (negative prompt first), the final
    latents, their decoded image (neither cut to -1…1 nor scaled), and the mean of a stretch of latents, neither scaled nor shifted."""
    calls, latents = [], []
    denoiser = built.transformer if hasattr(built, 'transformer') else built.unet
    hook = denoiser.register_forward_hook(lambda _module, _args, kwargs, result: calls.append((kwargs, result[0])), with_kwargs=True)
    picture = built(
        generator=torch.Generator('cpu').manual_seed(seed),
        output_type='pt',
        callback_on_step_end=lambda _pipe, _index, _time, kept: latents.append(kept['latents']) or {},
        **call,
    ).images
    hook.remove()
    final = latents[-1]
    if isinstance(built, FluxPipeline):
        final = FluxPipeline._unpack_latents(final, call['height'], call['width'], 8)
    config = built.vae.config
    image = built.vae.decode(final / config.scaling_factor + (config.shift_factor or 0)).sample
    assert torch.allclose(picture, (image / 2 + 0.5).clamp(0, 1), atol=1e-6)
    assert (image.abs() > 1).float().mean() < 0.02, f'much of the picture of {name} is saturated'
    # Had the prompt no part in the picture, encoding it wrongly would not show.
    other = built(generator=torch.Generator('cpu').manual_seed(seed), output_type='pt', **call | {'prompt': 'a cat'}).images
    check(f'{name}/difference', other - picture, 0.01, 1)

    kwargs, prediction = calls[0]
    if isinstance(built, FluxPipeline):
        prediction = FluxPipeline._unpack_latents(prediction, call['height'], call['width'], 8)
    recorded = {
        'states': kwargs['encoder_hidden_states'],
        'prediction': prediction,
        'latents': final,
        'mean': built.vae.encode(model_input(name, 'sample', [1, 3, 32, 48])).latent_dist.mean,
    }
    pooled = kwargs.get('pooled_projections', (kwargs.get('added_cond_kwargs') or {}).get('text_embeds'))
    if pooled is not None:
        recorded['pooled'] = pooled
    for key, value in recorded.items():
        check(f'{name}/{key}', value, 0.05, 20)
        outputs[f'{name}/{key}'] = value.contiguous()
    check(f'{name}/image', image, 0.1, 0.8)
    outputs[f'{name}/image'] = image.half().contiguous()
    runs[name] = {'pipeline': which, 'seed': seed, **call}


DOWN, CROSS_DOWN, UP, CROSS_UP = 'DownBlock2D', 'CrossAttnDownBlock2D', 'UpBlock2D', 'CrossAttnUpBlock2D'
BETAS = {'beta_start': 0.00085, 'beta_end': 0.012, 'beta_schedule': 'scaled_linear'}
OLDER = {**BETAS, 'clip_sample': False, 'set_alpha_to_one': False, 'steps_offset': 1}

clip('clip', hidden_size=16, num_hidden_layers=3)
clip('open_clip', hidden_size=20, num_hidden_layers=3, hidden_act='gelu')
clip('open_clip_projected', CLIPTextModelWithProjection, hidden_size=20, num_hidden_layers=3, hidden_act='gelu', projection_dim=12)
t5_options = {'vocab_size': 204, 'd_model': 20, 'd_kv': 6, 'd_ff': 40, 'num_heads': 2, 'num_layers': 2, 'feed_forward_proj': 'gated-gelu'}
component(
    't5', T5EncoderModel(T5Config(**t5_options)), {'model_type': 't5', **t5_options},
    lambda tensor: tensor.replace('encoder.embed_tokens', 'shared'),
)
SCALES = {'decoder.conv_out.weight': 0.5}
vae('vae', [8, 8, 16, 16], SCALES, layers_per_block=1)
vae('vae_sdxl', [8, 8, 16, 16], SCALES, layers_per_block=1, scaling_factor=0.13025, force_upcast=True)
vae(
    'vae_flux', [8, 8, 16, 16], SCALES, layers_per_block=1, latent_channels=16, scaling_factor=0.3611, shift_factor=0.1159,
    use_quant_conv=False, use_post_quant_conv=False,
)
LEVELS = {
    'block_out_channels': [8, 16, 16, 16],
    'down_block_types': [CROSS_DOWN, CROSS_DOWN, CROSS_DOWN, DOWN],
    'up_block_types': [UP, CROSS_UP, CROSS_UP, CROSS_UP],
}
unet('unet', cross_attention_dim=16, attention_head_dim=2, **LEVELS)
unet('unet_2', cross_attention_dim=20, attention_head_dim=[1, 2, 4, 4], use_linear_projection=True, upcast_attention=True, **LEVELS)
unet(
    'unet_xl', cross_attention_dim=36, attention_head_dim=[1, 2, 4], use_linear_projection=True,
    block_out_channels=[8, 16, 16], transformer_layers_per_block=[1, 2, 3],
    down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN], up_block_types=[CROSS_UP, CROSS_UP, UP],
    addition_embed_type='text_time', addition_time_embed_dim=8, projection_class_embeddings_input_dim=12 + 6 * 8,
)
flux('transformer_dev', guidance_embeds=True)
flux('transformer_schnell')

sd15 = pipeline(
    'sd15', StableDiffusionPipeline, {'text_encoder': 'clip', 'unet': 'unet', 'vae': 'vae'}, {'tokenizer': 'clip'},
    PNDMScheduler(skip_prk_steps=True, **{key: value for key, value in OLDER.items() if key != 'clip_sample'}),
)
sd2 = pipeline(
    'sd2', StableDiffusionPipeline, {'text_encoder': 'open_clip', 'unet': 'unet_2', 'vae': 'vae'},
    {'tokenizer': 'clip_exclamation'}, DDIMScheduler(prediction_type='v_prediction', **OLDER),
)
XL = {'text_encoder': 'clip', 'text_encoder_2': 'open_clip_projected', 'unet': 'unet_xl', 'vae': 'vae_sdxl'}
XL_TOKENIZERS = {'tokenizer': 'clip', 'tokenizer_2': 'clip_exclamation'}
sdxl = pipeline(
    'sdxl', StableDiffusionXLPipeline, XL, XL_TOKENIZERS,
    EulerDiscreteScheduler(timestep_spacing='leading', steps_offset=1, **BETAS), force_zeros_for_empty_prompt=True,
)
turbo = pipeline(
    'sdxl_turbo', StableDiffusionXLPipeline, XL, XL_TOKENIZERS,
    EulerAncestralDiscreteScheduler(timestep_spacing='trailing', steps_offset=1, **BETAS), force_zeros_for_empty_prompt=True,
)
FLUX_PARTS = {'text_encoder': 'clip', 'text_encoder_2': 't5', 'vae': 'vae_flux'}
FLUX_TOKENIZERS = {'tokenizer': 'clip', 'tokenizer_2': 't5'}
dev = pipeline(
    'flux_dev', FluxPipeline, {**FLUX_PARTS, 'transformer': 'transformer_dev'}, FLUX_TOKENIZERS,
    FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15),
)
schnell = pipeline(
    'flux_schnell', FluxPipeline, {**FLUX_PARTS, 'transformer': 'transformer_schnell'}, FLUX_TOKENIZERS,
    FlowMatchEulerDiscreteScheduler(shift=1.0),
)

GUIDED = {'prompt': PROMPT, 'negative_prompt': NEGATIVE, 'guidance_scale': 3.0, 'num_inference_steps': 4}
UNGUIDED = {key: value for key, value in GUIDED.items() if key != 'negative_prompt'}
run('sd15', sd15, 'sd15', 11, width=64, height=64, **GUIDED)
run('sd2', sd2, 'sd2', 12, width=64, height=64, **GUIDED)
run('sdxl', sdxl, 'sdxl', 13, width=96, height=64, **GUIDED)
run('sdxl_empty_negative', sdxl, 'sdxl', 14, width=64, height=96, **UNGUIDED)
run('sdxl_turbo', turbo, 'sdxl_turbo', 15, width=64, height=64, **UNGUIDED | {'guidance_scale': 0.0, 'num_inference_steps': 2})
run('flux_dev', dev, 'flux_dev', 16, width=96, height=64, max_sequence_length=512, **UNGUIDED)
run('flux_schnell', schnell, 'flux_schnell', 17, width=64, height=96, max_sequence_length=256, **UNGUIDED | {'guidance_scale': 0.0})

parts = {'components': components, 'pipelines': pipelines, 'runs': runs}
lines = [
    f'"{part}": {{\n' + ',\n'.join(f'{json.dumps(key)}: {json.dumps(value)}' for key, value in entries.items()) + '\n}'
    for part, entries in parts.items()
]
text = '{\n' + ',\n'.join(lines) + '\n}\n'
(HERE / 'pipelines.json.gz').write_bytes(gzip.compress(text.encode(), mtime=0))
save_file(outputs, HERE / 'pipelines.safetensors')
