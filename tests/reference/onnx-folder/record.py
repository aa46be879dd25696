"""Export a small pipeline of ../pipelines to ONNX with Optimum, as people do.

usage: python record.py        writes the folder sd15 beside this file

No numbers are stored: each model.onnx is written without its data (gzip), and tensors.json says which of the networks'
tensors lies where in it, found by comparing numbers. networks/weights.py makes these from a tensor's name and shape.
"""

import gzip
import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx.external_data_helper import set_external_data
from optimum.exporters.onnx import main_export
from safetensors.torch import save_file

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'networks'))
from weights import values  # noqa: E402

STARTER = HERE.parents[2] / 'resources/models/starter/tokenizer'
RECORDED = json.loads((HERE.parent / 'pipelines/pipelines.json').read_text())
CLASSES = {
    'text_encoder': ['transformers', 'CLIPTextModel'],
    'tokenizer': ['transformers', 'CLIPTokenizer'],
    'unet': ['diffusers', 'UNet2DConditionModel'],
    'vae': ['diffusers', 'AutoencoderKL'],
}


def numbers(component):
    recorded = RECORDED['components'][component]
    scales = recorded.get('scales', {})
    return {name: values(name, shape) * scales.get(name, 1) for name, shape in recorded['tensors'].items()}


def write_pipeline(pipeline, folder):
    index = dict(pipeline['index'])
    for inside, component in pipeline['components'].items():
        (folder / inside).mkdir(parents=True)
        config = {'architectures': [CLASSES[inside][1]]} | RECORDED['components'][component]['config']
        (folder / inside / 'config.json').write_text(json.dumps(config))
        name = 'model' if inside.startswith('text_encoder') else 'diffusion_pytorch_model'
        save_file(numbers(component), folder / inside / f'{name}.safetensors', {'format': 'pt'})
    for inside in pipeline['tokenizers']:
        shutil.copytree(STARTER, folder / inside)
    (folder / 'scheduler').mkdir()
    (folder / 'scheduler/scheduler_config.json').write_text(json.dumps(pipeline['scheduler']))
    index |= {inside: CLASSES[inside] for inside in (*pipeline['components'], *pipeline['tokenizers'])}
    index |= {'scheduler': ['diffusers', pipeline['scheduler']['_class_name']]}
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


def record(name):
    pipeline = RECORDED['pipelines'][name]
    target, found = HERE / name, {}
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        source, exported = Path(temporary) / 'source', Path(temporary) / 'exported'
        source.mkdir()
        write_pipeline(pipeline, source)
        main_export(str(source), str(exported), task='text-to-image', library_name='diffusers', do_validation=False)
        for path in sorted(exported.rglob('model.onnx')):
            inside = path.parent.name
            component = pipeline['components'][inside.split('_')[0] if inside.startswith('vae') else inside]
            known = {key: value.numpy() for key, value in numbers(component).items()}
            graph, offset = onnx.load(path), 0
            found[inside] = []
            for initializer in graph.graph.initializer:
                if initializer.data_type != onnx.TensorProto.FLOAT or not initializer.dims:
                    continue
                length = len(initializer.raw_data)
                tensor = onnx.numpy_helper.to_array(initializer)
                found[inside].append(where(tensor, known) + [offset])
                set_external_data(initializer, 'model.onnx_data', offset, length)
                initializer.ClearField('raw_data')
                initializer.data_location = onnx.TensorProto.EXTERNAL
                offset += length
            (target / inside).mkdir(parents=True)
            (target / inside / 'model.onnx.gz').write_bytes(gzip.compress(graph.SerializeToString(), mtime=0))
        for path in (*exported.rglob('config.json'), *exported.rglob('scheduler_config.json'), exported / 'model_index.json'):
            (target / path.relative_to(exported)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / path.relative_to(exported))
    rows = {inside: [json.dumps(row) for row in table] for inside, table in found.items()}
    body = ',\n'.join(f'"{inside}": [\n' + ',\n'.join(table) + '\n]' for inside, table in rows.items())
    (target / 'tensors.json').write_text('{\n' + body + '\n}\n')


record('sd15')
