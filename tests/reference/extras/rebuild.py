"""The small pipelines of ../pipelines again, from what is recorded of them."""

import gzip
import json
import sys
from pathlib import Path

import diffusers
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'networks'))
from weights import values  # noqa: E402

recorded = json.loads(gzip.decompress((HERE.parent / 'pipelines/pipelines.json.gz').read_bytes()))
STARTER = HERE.parents[2] / 'resources/models/starter/tokenizer'


def fill(model, tensors, scales={}):
    """Gives a model its weights by the names that published files have."""
    state = {}
    for name, tensor in model.state_dict().items():
        stored = name if name in tensors else f'text_model.{name}'
        assert tensors[stored] == list(tensor.shape), (name, stored)
        state[name] = values(stored, list(tensor.shape)) * scales.get(stored, 1)
    model.load_state_dict(state)
    return model.eval()


def component(name):
    described = recorded['components'][name]
    config = described['config']
    if config.get('model_type') == 'clip_text_model':
        options = {key: value for key, value in config.items() if key != 'model_type'}
        kind = CLIPTextModelWithProjection if 'projected' in name else CLIPTextModel
        model = kind(CLIPTextConfig(**options))
    else:
        kind = AutoencoderKL if name.startswith('vae') else UNet2DConditionModel
        model = kind.from_config(config)
    return fill(model, described['tensors'], described.get('scales', {}))


def pipeline(name, kind=None, **more):
    """`kind`: another class of pipeline over the same components, and what it takes besides."""
    described = recorded['pipelines'][name]
    index = dict(described['index'])
    own_kind = getattr(diffusers, index.pop('_class_name'))
    scheduler = dict(described['scheduler'])
    scheduler_kind = getattr(diffusers, scheduler.pop('_class_name'))
    tokenizers = {
        folder: CLIPTokenizer.from_pretrained(STARTER, **({'pad_token': '!'} if which == 'clip_exclamation' else {}))
        for folder, which in described['tokenizers'].items()
    }
    checker = {} if 'XL' in own_kind.__name__ else {'safety_checker': None, 'feature_extractor': None}
    built = (kind or own_kind)(
        **{folder: component(part) for folder, part in described['components'].items()},
        **tokenizers, **checker, **index, **more, scheduler=scheduler_kind.from_config(scheduler),
    )
    built.set_progress_bar_config(disable=True)
    return built
