import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  controlImage,
  controlNetCase,
  controlOutput,
  writeReferenceControlNet,
} from '../../../tests/support/control-nets.ts';
import { referenceInput, referenceWeights, relativeError, runOnce } from '../../../tests/support/networks.ts';
import { writeSafetensors } from '../../../tests/support/safetensors.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { parseControlNetConfig } from '../../models/controlnet/config.ts';
import { buildControlNet } from '../../models/controlnet/graph.ts';
import { tensor } from '../../tensor/tensor.ts';
import { WeightView } from '../weight-view.ts';
import { openControlNetFile } from './control-net.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-controlnet-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const ORIGINAL = 'controlnet_original';

test("the makers' layout gives what diffusers makes of it", async () => {
  const { config, tensors } = openControlNetFile(writeReferenceControlNet(folder, ORIGINAL));
  const weights = WeightView.of(tensors);
  // The group norms of published networks have 32 groups, as the config is taken to say.
  const model = buildControlNet(parseControlNetConfig(config, 'config'), weights, cpuDialect);
  expect(weights.unused()).toEqual([]);
  const outputs = await runOnce(model, {
    sample: referenceInput(`${ORIGINAL}/sample`, [1, 4, 4, 4]),
    encoder_hidden_states: referenceInput(`${ORIGINAL}/encoder_hidden_states`, [1, 3, 768]),
    timestep: tensor('float32', [1], Float32Array.of(741)),
    image: controlImage(ORIGINAL),
  });
  expect(relativeError(outputs['residual.mid'], controlOutput(ORIGINAL, 'residual.mid'))).toBeLessThan(1e-5);
});

test("a file in diffusers' layout keeps its tensors, and its config follows from them", () => {
  const name = 'controlnet_sdxl';
  const { config, tensors } = openControlNetFile(writeReferenceControlNet(folder, name));
  const recorded = controlNetCase(name);
  expect(tensors.map((stored) => stored.name)).toEqual(Object.keys(recorded.tensors));
  const told = ['block_out_channels', 'down_block_types', 'conditioning_embedding_out_channels', 'cross_attention_dim'];
  for (const field of told) expect(config[field]).toEqual(recorded.config?.[field]);
});

test('a file of something else is refused with what it holds', () => {
  const tensors = referenceWeights({ 'encoder.conv_in.weight': [2, 2], 'encoder.conv_in.bias': [2] });
  const path = writeSafetensors(join(folder, 'vae.safetensors'), tensors, 'F32');
  expect(() => openControlNetFile(path)).toThrow(
    /vae\.safetensors is not a ControlNet\. It holds 2 tensors: encoder\.conv_in/,
  );
});
