import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { readReferenceTensors } from '../../../tests/support/fixtures.ts';
import { referenceInput, relativeError, runOnce } from '../../../tests/support/networks.ts';
import { recordedUpscalers, writeUpscaler } from '../../../tests/support/upscalers.ts';
import { cpuDialect } from '../../layers/dialects/cpu.ts';
import { activationPeak } from '../../onnx/estimate/activation-peak.ts';
import { buildRrdbNet } from './graph.ts';
import { isRrdbNet, openRrdbNet } from './layout.ts';
import { unshuffled } from './unshuffle.ts';

const outputs = readReferenceTensors('upscale/upscale.safetensors');
const folder = mkdtempSync(join(tmpdir(), 'headroom-upscalers-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each layout by what it makes of the present names. */
const layouts: Record<string, (name: string, doublings: number) => string> = {
  present: (name) => name,
  'with the prefix of training': (name) => `params_ema.${name}`,
  'of the first release': (name) =>
    name
      .replace(/^body\.(\d+)\.rdb/, 'RRDB_trunk.$1.RDB')
      .replace('conv_body', 'trunk_conv')
      .replace('conv_up', 'upconv')
      .replace('conv_hr', 'HRconv'),
  numbered: (name, doublings) =>
    name
      .replace('conv_first', 'model.0')
      .replace(/^body\.(\d+)\.rdb(\d)\.conv(\d)/, 'model.1.sub.$1.RDB$2.conv$3.0')
      .replace('conv_body', 'model.1.sub.2')
      .replace(/^conv_up(\d)/, (_, number) => `model.${3 * Number(number)}`)
      .replace('conv_hr', `model.${3 * doublings + 2}`)
      .replace('conv_last', `model.${3 * doublings + 4}`),
};

const write = (name: string, rename: (name: string) => string) => writeUpscaler(folder, name, rename);
const doublingsOf = (name: string) => (name === 'x8' ? 3 : 2);
const runs = Object.keys(recordedUpscalers).flatMap((name) =>
  Object.keys(layouts).map((layout) => [name, layout] as const),
);

test.each(runs)('%s in the layout "%s" upscales as PyTorch does', async (name, layout) => {
  const path = write(name, (own) => layouts[layout]!(own, doublingsOf(name)));
  const { size, unshuffle } = recordedUpscalers[name]!;
  const net = openRrdbNet(path);
  expect(net.shape).toMatchObject({ scale: Number(name.slice(1)), channels: 8, growth: 4, blocks: 2, unshuffle });
  const image = unshuffled(referenceInput(`${name}/image`, [1, 3, ...size]), unshuffle);
  const { upscaled } = await runOnce(buildRrdbNet(net, cpuDialect), { image });
  expect(upscaled?.dims).toEqual([1, 3, ...size.map((side) => side * net.shape.scale)]);
  expect(relativeError(upscaled, outputs.get(name) as Float32Array)).toBeLessThan(1e-5);
  expect(net.weights.unused()).toEqual([]);
});

test('what it needs grows with the tile', () => {
  const graph = buildRrdbNet(openRrdbNet(write('x4', (name) => name)), cpuDialect);
  const bytes = (side: number) => activationPeak(graph, { batch: 1, height: side, width: side }).bytes;
  // Eight channels of four bytes, sixteen pixels for one: the doubled features before the last convolutions, twice.
  expect(bytes(64)).toBeGreaterThanOrEqual(2 * 8 * 4 * 16 * 64 * 64);
  expect(bytes(128) / bytes(64)).toBeCloseTo(4, 1);
});

describe('openRrdbNet', () => {
  it('tells an upscaler by its names', () => {
    for (const rename of Object.values(layouts)) expect(isRrdbNet([rename('body.0.rdb1.conv1.weight', 2)])).toBe(true);
    expect(isRrdbNet(['model.diffusion_model.input_blocks.0.0.weight', 'body.0.weight'])).toBe(false);
  });

  it('names the tensor that an incomplete file lacks', () => {
    const path = write('x4', (name) => name.replace('conv_last', 'lost'));
    expect(() => openRrdbNet(path)).toThrow(/x4\.safetensors is not a complete upscaler.*conv_last\.weight/);
  });
});
