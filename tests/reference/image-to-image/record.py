"""Record what diffusers draws over a picture, and into a masked part of one, with the small models of ../pipelines.

usage: python record.py        writes image-to-image.json and image-to-image.safetensors beside this file

The picture and the mask are made from formulas that the test repeats. No weights are stored: ../networks/weights.py makes
them from a tensor's name and shape.
"""

import gzip
import json
import sys
from pathlib import Path

import diffusers
import numpy as np
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'networks'))
from weights import values  # noqa: E402

STARTER = HERE.parents[2] / 'resources/models/starter/tokenizer'
described = json.loads(gzip.decompress((HERE.parent / 'pipelines/pipelines.json.gz').read_bytes()))
torch.set_num_threads(1)


KINDS = {
    'unet': diffusers.UNet2DConditionModel,
    'vae': diffusers.AutoencoderKL,
    'transformer': diffusers.FluxTransformer2DModel,
}


def fill(model, tensors, scales):
    state = {}
    for name, value in model.state_dict().items():
        candidates = (name, f'text_model.{name}', name.replace('encoder.embed_tokens', 'shared'))
        stored = next(candidate for candidate in candidates if candidate in tensors)
        state[name] = values(stored, list(value.shape)) * scales.get(stored, 1)
    model.load_state_dict(state)
    return model.eval()


def component(folder, part):
    config = dict(part['config'])
    kind = config.pop('model_type', None)
    if kind == 't5':
        model = transformers.T5EncoderModel(transformers.T5Config(**config))
    elif kind == 'clip_text_model':
        projected = 'text_projection.weight' in part['tensors']
        made = transformers.CLIPTextModelWithProjection if projected else transformers.CLIPTextModel
        model = made(transformers.CLIPTextConfig(**config))
    else:
        model = KINDS[folder](**config)
    return fill(model, part['tensors'], part.get('scales', {}))


def tokenizer(kind):
    if kind == 't5':
        words = json.loads((HERE.parent / 't5-tokenizer/vocabulary.json').read_text())
        plain = words.pop('words')
        words.pop('text')
        words = {'version': '1.0', 'normalizer': None, 'pre_tokenizer': plain['pre_tokenizer'], **words}
        inner = Tokenizer.from_str(json.dumps(words))
        return transformers.PreTrainedTokenizerFast(
            tokenizer_object=inner, pad_token='<pad>', eos_token='</s>', unk_token='<unk>'
        )
    pad = {'pad_token': '!'} if kind == 'clip_exclamation' else {}
    return transformers.CLIPTokenizer.from_pretrained(STARTER, **pad)


def pipeline(kind, name, scheduler=None, **replaced):
    pipe = described['pipelines'][name]
    parts = {folder: component(folder, described['components'][part]) for folder, part in pipe['components'].items()}
    own = dict(pipe['scheduler'])
    made = getattr(diffusers, own.pop('_class_name')).from_config(own)
    if scheduler:
        made = getattr(diffusers, scheduler[0]).from_config(made.config, **scheduler[1])
    extra = {'safety_checker': None, 'feature_extractor': None} if name.startswith('sd1') else {}
    tokenizers = {folder: tokenizer(which) for folder, which in pipe['tokenizers'].items()}
    built = kind(**{**parts, **replaced}, **tokenizers, scheduler=made, **extra)
    built.set_progress_bar_config(disable=True)
    return built


WIDTH, HEIGHT = 64, 48
column, row = np.arange(WIDTH)[None, :], np.arange(HEIGHT)[:, None]
picture = np.stack([(column * 3 + row * 2 + colour * 40) % 256 for colour in range(3)], 2).astype('uint8')
mask = ((column > 20) & (column + row < 80)).astype('uint8') * 255
PICTURE, MASK = Image.fromarray(picture), Image.fromarray(mask)
runs, outputs = {}, {}


@torch.no_grad()
def run(name, model, built, scheduler=None, seed=31, **call):
    latents = []
    sizes = {} if 'Img2Img' in type(built).__name__ and 'Flux' not in type(built).__name__ else {'width': WIDTH, 'height': HEIGHT}
    given = {'prompt': 'a red apple on a wooden table', 'num_inference_steps': 5, 'guidance_scale': 3.0, **call}
    if 'Flux' not in type(built).__name__:
        given['negative_prompt'] = 'blurry'
    shown = built(
        image=PICTURE,
        **({'mask_image': MASK} if 'Inpaint' in type(built).__name__ else {}),
        generator=torch.Generator('cpu').manual_seed(seed),
        output_type='pt',
        callback_on_step_end=lambda _pipe, _index, _time, kept: latents.append(kept['latents']) or {},
        **sizes,
        **given,
    ).images
    final = latents[-1]
    if 'Flux' in type(built).__name__:
        final = diffusers.FluxPipeline._unpack_latents(final, HEIGHT, WIDTH, 8)
    assert torch.isfinite(final).all() and 0.05 < final.std() < 20, (name, final.std())
    print(f'{name}: {len(latents)} steps, latents {list(final.shape)}, std {final.std():.3f}')
    outputs[f'{name}/latents'] = final.contiguous()
    outputs[f'{name}/image'] = shown.half().contiguous()
    runs[name] = {
        'model': model, 'scheduler': scheduler, 'seed': seed, 'masked': 'Inpaint' in type(built).__name__, **given,
    }


KARRAS = {'use_karras_sigmas': True}
SCHEDULERS = {
    None: None,
    # As published models have it; the text-to-image pipeline would see to it, the inpainting one does not.
    'ddim': ('DDIMScheduler', {'clip_sample': False}),
    'euler': ('EulerDiscreteScheduler', {}),
    'euler_a': ('EulerAncestralDiscreteScheduler', {}),
    'heun': ('HeunDiscreteScheduler', {}),
    'dpmpp_2m_karras': ('DPMSolverMultistepScheduler', KARRAS),
}
img2img, inpaint = diffusers.StableDiffusionImg2ImgPipeline, diffusers.StableDiffusionInpaintPipeline
for scheduler, made in SCHEDULERS.items():
    run(f'sd15_{scheduler or "own"}', 'sd15', pipeline(img2img, 'sd15', made), scheduler, strength=0.6)
run('sd15_whole', 'sd15', pipeline(img2img, 'sd15', SCHEDULERS['euler']), 'euler', strength=1.0)
run('sdxl', 'sdxl', pipeline(diffusers.StableDiffusionXLImg2ImgPipeline, 'sdxl'), strength=0.6)
# Four tenths of five steps less a half: flow matching rounds where it begins, the others how far they go.
run('flux', 'flux_dev', pipeline(diffusers.FluxImg2ImgPipeline, 'flux_dev'), strength=0.5, max_sequence_length=512)

for strength in (1.0, 0.6):
    for scheduler in ('ddim', 'euler_a', 'heun'):
        name = f'inpaint_{scheduler}_{strength}'
        run(name, 'sd15', pipeline(inpaint, 'sd15', SCHEDULERS[scheduler]), scheduler, strength=strength)
run('inpaint_sdxl', 'sdxl', pipeline(diffusers.StableDiffusionXLInpaintPipeline, 'sdxl'), strength=0.6)
run('inpaint_flux', 'flux_dev', pipeline(diffusers.FluxInpaintPipeline, 'flux_dev'), strength=0.5, max_sequence_length=512)

nine = dict(described['components']['unet']['config'], in_channels=9)
shapes = {name: list(value.shape) for name, value in diffusers.UNet2DConditionModel(**nine).state_dict().items()}
NINE = {'config': nine, 'tensors': shapes}
for strength in (1.0, 0.6):
    built = pipeline(inpaint, 'sd15', SCHEDULERS['euler_a'], unet=component('unet', NINE))
    run(f'inpaint_nine_{strength}', 'nine', built, 'euler_a', strength=strength)

document = {'width': WIDTH, 'height': HEIGHT, 'nine': NINE, 'runs': runs}
(HERE / 'image-to-image.json').write_text(json.dumps(document, separators=(',', ':')) + '\n')
save_file(outputs, HERE / 'image-to-image.safetensors')
