"""Export small pipelines of ../pipelines to ONNX with Optimum, as people do.

usage: python record.py        writes the folders sd15, sd15-fp16, sd2, sdxl and flux_dev beside this file

No numbers are stored: each model.onnx is written without its data (brotli), those that are the same in sd15 only there.
tensors.json says which of the networks' tensors is in an initializer that has another name, found by comparing numbers.
networks/weights.py makes these from a tensor's name and shape.
"""

import gzip
import json
import shutil
import sys
import tempfile
from pathlib import Path

import brotli
import numpy as np
import onnx
from onnx.external_data_helper import set_external_data
from optimum.exporters.onnx import main_export
from safetensors.torch import save_file

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'networks'))
from weights import values  # noqa: E402

STARTER = HERE.parents[2] / 'resources/models/starter/tokenizer'
RECORDED = json.loads(gzip.decompress((HERE.parent / 'pipelines/pipelines.json.gz').read_bytes()))
CLASSES = {
    'text_encoder': ['transformers', 'CLIPTextModel'],
    'tokenizer': ['transformers', 'CLIPTokenizer'],
    'text_encoder_2': ['transformers', 'CLIPTextModelWithProjection'],
    'tokenizer_2': ['transformers', 'CLIPTokenizer'],
    'transformer': ['diffusers', 'FluxTransformer2DModel'],
    'unet': ['diffusers', 'UNet2DConditionModel'],
    'vae': ['diffusers', 'AutoencoderKL'],
}


T5_CLASSES = {'text_encoder_2': ['transformers', 'T5EncoderModel'], 'tokenizer_2': ['transformers', 'T5TokenizerFast']}


def numbers(component):
    recorded = RECORDED['components'][component]
    scales = recorded.get('scales', {})
    return {name: values(name, shape) * scales.get(name, 1) for name, shape in recorded['tensors'].items()}


def write_tokenizer(kind, folder):
    if kind != 't5':
        shutil.copytree(STARTER, folder)
        return
    folder.mkdir()
    described = json.loads((HERE.parent / 't5-tokenizer/vocabulary.json').read_text())
    words = described.pop('words')
    # Without its map of characters, which changes nothing in plain English.
    described.pop('text')
    described = {'version': '1.0', 'normalizer': None, 'pre_tokenizer': words['pre_tokenizer'], **described}
    (folder / 'tokenizer.json').write_text(json.dumps(described))
    named = {'pad_token': '<pad>', 'eos_token': '</s>', 'unk_token': '<unk>', 'extra_ids': 0}
    (folder / 'tokenizer_config.json').write_text(json.dumps({'tokenizer_class': 'T5TokenizerFast', **named}))


def write_pipeline(pipeline, folder):
    index = dict(pipeline['index'])
    classes = CLASSES | (T5_CLASSES if 't5' in pipeline['tokenizers'].values() else {})
    for inside, component in pipeline['components'].items():
        (folder / inside).mkdir(parents=True)
        config = {'architectures': [classes[inside][1]]} | RECORDED['components'][component]['config']
        (folder / inside / 'config.json').write_text(json.dumps(config))
        name = 'model' if inside.startswith('text_encoder') else 'diffusion_pytorch_model'
        save_file(numbers(component), folder / inside / f'{name}.safetensors', {'format': 'pt'})
    for inside, kind in pipeline['tokenizers'].items():
        write_tokenizer(kind, folder / inside)
    (folder / 'scheduler').mkdir()
    (folder / 'scheduler/scheduler_config.json').write_text(json.dumps(pipeline['scheduler']))
    index |= {inside: classes[inside] for inside in (*pipeline['components'], *pipeline['tokenizers'])}
    index |= {'scheduler': ['diffusers', pipeline['scheduler']['_class_name']]}
    if pipeline['index']['_class_name'] == 'StableDiffusionPipeline':
        index |= {'safety_checker': [None, None], 'feature_extractor': [None, None]}
    (folder / 'model_index.json').write_text(json.dumps(index))


def where(tensor, known):
    """Which tensor of the network has these numbers, perhaps the other way round or with ones at the end of its shape."""
    for name, value in known.items():
        if value.size != tensor.size:
            continue
        if np.array_equal(value.ravel(), tensor.ravel()):
            return [name, 'plain']
        if value.ndim == tensor.ndim == 2 and np.array_equal(value, tensor.T):
            return [name, 'transposed']
    raise SystemExit(f'no tensor has the numbers of one of shape {tensor.shape}')


def without_data(path, known):
    """The graph of a file, and which of the network's tensors its initializers are that have no name of one."""
    graph, offset, others = onnx.load(path), 0, {}
    for initializer in graph.graph.initializer:
        if initializer.data_type not in (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16) or not initializer.dims:
            continue
        length = len(initializer.raw_data)
        name, arrangement = where(onnx.numpy_helper.to_array(initializer), known)
        if (name, arrangement) != (initializer.name, 'plain'):
            others[initializer.name] = [name, arrangement]
        set_external_data(initializer, 'model.onnx_data', offset, length)
        initializer.ClearField('raw_data')
        initializer.data_location = onnx.TensorProto.EXTERNAL
        offset += length
    return graph.SerializeToString(), others


def record(name, dtype='fp32'):
    pipeline = RECORDED['pipelines'][name]
    target, found = HERE / (name if dtype == 'fp32' else f'{name}-{dtype}'), {}
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        source, exported = Path(temporary) / 'source', Path(temporary) / 'exported'
        source.mkdir()
        write_pipeline(pipeline, source)
        main_export(
            str(source), str(exported), task='text-to-image', library_name='diffusers', do_validation=False, dtype=dtype,
        )
        for path in sorted(exported.rglob('model.onnx')):
            inside = path.parent.name
            component = pipeline['components']['vae' if inside.startswith('vae') else inside]
            known = {key: value.numpy() for key, value in numbers(component).items()}
            graph, found[inside] = without_data(path, known)
            packed, first = brotli.compress(graph), HERE / 'sd15' / inside / 'model.onnx.br'
            (target / inside).mkdir(parents=True)
            if not (first.exists() and first.read_bytes() == packed):
                (target / inside / 'model.onnx.br').write_bytes(packed)
        for path in (*exported.rglob('config.json'), *exported.rglob('scheduler_config.json'), exported / 'model_index.json'):
            # Where it was read from is another place each time.
            config = {key: value for key, value in json.loads(path.read_text()).items() if key != '_name_or_path'}
            (target / path.relative_to(exported)).parent.mkdir(parents=True, exist_ok=True)
            (target / path.relative_to(exported)).write_text(json.dumps(config, indent=2) + '\n')
    (target / 'tensors.json.br').write_bytes(brotli.compress(json.dumps(found).encode()))


record('sd15')
record('sd15', 'fp16')
record('sd2')
record('sdxl')
record('flux_dev')
