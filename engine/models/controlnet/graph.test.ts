import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  controlImage,
  controlNetCase,
  controlOutput,
  writeReferenceControlNet,
} from '../../../tests/support/control-nets.ts';
import { runCudaGraph } from '../../../tests/support/cuda-on-cpu.ts';
import { ReferenceNetwork, relativeError, runOnce, runParts } from '../../../tests/support/networks.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { cudaDialect } from '../../layers/dialects/cuda.ts';
import { cutModel } from '../../onnx/cut/cut-model.ts';
import { activationPeak } from '../../onnx/estimate/activation-peak.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { WeightView } from '../../weights/weight-view.ts';
import { parseUnetConfig } from '../unet/config.ts';
import { buildUnet } from '../unet/graph.ts';
import { residualDimensions, residualsOf } from '../unet/residuals.ts';
import { type ControlNetConfig, parseControlNetConfig } from './config.ts';
import { buildControlNet } from './graph.ts';

let folder: string;
let unet: ReferenceNetwork;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-controlnet-'));
});
afterEach(() => {
  unet.remove();
  rmSync(folder, { recursive: true });
});

function open(name: string): { config: ControlNetConfig; weights: WeightView } {
  unet = new ReferenceNetwork(controlNetCase(name).unet ?? '');
  return {
    config: parseControlNetConfig(controlNetCase(name).config, 'config.json'),
    weights: WeightView.open(writeReferenceControlNet(folder, name)),
  };
}

/** The recorded call. */
const inputs = (): Record<string, Tensor> => ({
  ...unet.inputs,
  timestep: tensor('float32', [1], Float32Array.of(741)),
});

const scaled = ({ dims, data }: Tensor, scale: number) =>
  tensor(
    'float32',
    dims,
    (data as Float32Array).map((value) => value * scale),
  );

test.each(['controlnet_sd15', 'controlnet_sdxl'])('%s guides its UNet as in diffusers, in parts too', async (name) => {
  const { config, weights } = open(name);
  const residuals = await runOnce(buildControlNet(config, weights, cpuDialect), {
    ...inputs(),
    image: controlImage(name),
  });
  expect(weights.unused()).toEqual([]);
  const names = residualsOf(config.unet).map((residual) => residual.name);
  expect(Object.keys(residuals).sort()).toEqual([...names].sort());
  for (const residual of names) {
    expect(relativeError(residuals[residual], controlOutput(name, residual)), residual).toBeLessThan(1e-5);
  }
  const { scale = 1 } = controlNetCase(name);
  const given = Object.entries(residuals).map(([key, value]): [string, Tensor] => [key, scaled(value, scale)]);
  const model = buildUnet(parseUnetConfig(unet.config, 'unet'), WeightView.open(unet.path), cpuDialect, {
    controlled: true,
  });
  const call = { ...inputs(), ...Object.fromEntries(given) };
  const parts = cutModel(model, model.weightBytes / 5);
  expect(parts.length).toBeGreaterThanOrEqual(5);
  for (const { prediction } of [await runOnce(model, call), await runParts(parts, call)]) {
    expect(relativeError(prediction, controlOutput(name, 'prediction'))).toBeLessThan(1e-5);
  }
});

test('a UNet that is controlled by nothing predicts what it predicts alone', async () => {
  const { config } = open('controlnet_sd15');
  const parsed = parseUnetConfig(unet.config, 'unet');
  const [batch = 0, , height = 0, width = 0] = unet.input('sample').dims;
  const sizes: Record<string, number> = { batch, ...residualDimensions(config.unet, height, width) };
  const zeros = residualsOf(config.unet).map(({ name, dims }): [string, Tensor] => {
    const size = dims.map((dim) => (typeof dim === 'number' ? dim : (sizes[dim] as number)));
    return [name, tensor('float32', size, new Float32Array(size.reduce((product, side) => product * side, 1)))];
  });
  const model = buildUnet(parsed, WeightView.open(unet.path), cpuDialect, { controlled: true });
  const { prediction } = await runOnce(model, { ...inputs(), ...Object.fromEntries(zeros) });
  expect(relativeError(prediction, unet.output('prediction'))).toBeLessThan(1e-5);
});

test('guides a UNet on CUDA in float16', async () => {
  const name = 'controlnet_sd15';
  const { config, weights } = open(name);
  const given = { ...inputs(), image: controlImage(name) };
  const residuals = await runCudaGraph(buildControlNet(config, weights, cudaDialect), 'float16', given);
  const { scale = 1 } = controlNetCase(name);
  const weighted = Object.entries(residuals).map(([key, value]): [string, Tensor] => [key, scaled(value, scale)]);
  const unetWeights = WeightView.open(unet.path);
  const model = buildUnet(parseUnetConfig(unet.config, 'unet'), unetWeights, cudaDialect, { controlled: true });
  const { prediction } = await runCudaGraph(model, 'float16', { ...inputs(), ...Object.fromEntries(weighted) });
  expect(relativeError(prediction, controlOutput(name, 'prediction'))).toBeLessThan(5e-3);
});

test('what a run needs follows from the graph', () => {
  const { config, weights } = open('controlnet_sd15');
  const model = buildControlNet(config, weights, cpuDialect);
  const need = (size: number) =>
    activationPeak(model, {
      batch: 1,
      tokens: 7,
      height: size,
      width: size,
      image_height: 8 * size,
      image_width: 8 * size,
    }).bytes;
  expect(need(16)).toBeGreaterThan(3 * need(8));
});

test('what is not supported is refused by the field', () => {
  const { config } = controlNetCase('controlnet_sd15');
  unet = new ReferenceNetwork('unet_sd15');
  const parse = (changes: object) => () => parseControlNetConfig({ ...config, ...changes }, 'config.json');
  expect(parse({ global_pool_conditions: true })).toThrow('config.json: "global_pool_conditions" is true');
  expect(parse({ block_out_channels: [8, 16] })).toThrow('down_block_types');
  expect(parse({ mid_block_type: null })).toThrow('mid_block_type');
});
