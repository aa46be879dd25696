import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peakSignalToNoise, relativeError } from '../../tests/support/compare.ts';
import { modelAt, quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { referenceInput } from '../../tests/support/networks.ts';
import { writeExport } from '../../tests/support/onnx-exports.ts';
import { referenceOutput, referenceRuns, requestOf } from '../../tests/support/pipelines.ts';
import { ModelProtoSchema } from '../onnx/proto/onnx_pb.ts';
import { tensor } from '../tensor/tensor.ts';
import { toPixels } from './decode-latents.ts';
import { textToImage } from './text-to-image.ts';
import { withComponent } from './with-component.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'headroom-onnx-'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe.each([
  ['sd15', 'float32', 'inside'],
  ['sd15-fp16', 'float16', 'beside'],
  ['sd2', 'float32', 'beside'],
  ['sdxl', 'float32', 'beside'],
  ['flux_dev', 'float32', 'beside'],
] as const)('the export %s of Optimum in %s with its numbers %s the graph', (name, precision, numbers) => {
  const stage = quietStage({ environment: quietEnvironment() });
  const exported = name === 'sd15-fp16' ? 'sd15' : name;
  const run = referenceRuns[exported]!;

  it('draws what diffusers draws with the model that was exported, and encodes pictures', async () => {
    const model = modelAt(writeExport(name, join(root, name), numbers), name);
    expect(model).toMatchObject({ family: { id: exported.replace('_', '-') }, precision });
    const { pictures } = await textToImage(requestOf(model, run), stage);
    const image = tensor('float32', [1, 3, run.height, run.width], referenceOutput(`${exported}/image`));
    expect(peakSignalToNoise(pictures[0]!.rgb, toPixels(image).rgb)).toBeGreaterThan(45);
    const sample = referenceInput(`${exported}/sample`, [1, 3, 32, 48]);
    const { mean } = await withComponent(stage, model, model.family.vaeEncoder, (lease) =>
      lease.run({ sample }, 'encode', 'reference'),
    );
    expect(relativeError(mean!.data as Float32Array, referenceOutput(`${exported}/mean`))).toBeLessThan(1e-3);
  });
});

it('knows the family of an export by the pipeline that was exported', () => {
  const folder = writeExport('sd15', join(root, 'ort'), 'beside');
  writeFileSync(join(folder, 'model_index.json'), '{"_class_name": "ORTStableDiffusionPipeline"}');
  expect(modelAt(folder, 'ort')).toMatchObject({ family: { id: 'sd15' }, precision: 'float32' });
});

describe('an export that cannot be used says why:', () => {
  const spoiled = (name: string, spoil: (folder: string) => void) => {
    const folder = writeExport('sd15', join(root, name), 'beside');
    spoil(folder);
    return () => modelAt(folder, name);
  };

  it.each<[string, RegExp, (folder: string) => void]>([
    ['graph', /unet is missing: there is no .*unet.model\.onnx/, (folder) => rmSync(join(folder, 'unet/model.onnx'))],
    ['data', /unet.model\.onnx_data is missing/, (folder) => rmSync(join(folder, 'unet/model.onnx_data'))],
    ['short', /model\.onnx_data is truncated/, (folder) => truncateSync(join(folder, 'unet/model.onnx_data'), 1000)],
    ['cut', /not a usable ONNX file/, (folder) => truncateSync(join(folder, 'unet/model.onnx'), 5000)],
    ['text', /not a usable ONNX file/, (folder) => writeFileSync(join(folder, 'unet/model.onnx'), 'hello, world')],
    ['empty', /not a usable ONNX file/, (folder) => writeFileSync(join(folder, 'unet/model.onnx'), '')],
    ['optimized', /optimized or quantized for other programs.*MultiHeadAttention/, optimize],
    [
      'kind',
      /made for a WhisperPipeline, which Headroom does not know/,
      (folder) => writeFileSync(join(folder, 'model_index.json'), '{"_class_name": "ORTWhisperPipeline"}'),
    ],
  ])('%s', (name, reason, spoil) => {
    expect(spoiled(name, spoil)).toThrow(reason);
  });
});

/** As the runtime's optimizer leaves a graph. */
function optimize(folder: string): void {
  const path = join(folder, 'unet/model.onnx');
  const model = fromBinary(ModelProtoSchema, readFileSync(path));
  model.graph!.node[0]!.opType = 'MultiHeadAttention';
  writeFileSync(path, toBinary(ModelProtoSchema, model));
}
