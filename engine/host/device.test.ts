import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Dialect } from '../layers/dialect.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { dmlDialect } from '../layers/dialects/dml.ts';
import { webgpuDialect } from '../layers/dialects/webgpu.ts';
import { add } from '../onnx/operators.ts';
import { chooseDevice } from './device.ts';
import { dialectProblem } from './probe.ts';

afterEach(() => vi.unstubAllEnvs());

const sharper: Dialect['attention'] = (g, q, k, v, options) =>
  cpuDialect.attention(g, q, k, v, { ...options, scale: 1.1 / Math.sqrt(options.headSize) });
const seeingAll: Dialect['attention'] = (g, q, k, v, options) =>
  cpuDialect.attention(g, q, k, v, { ...options, causal: false });

describe('chooseDevice', () => {
  it('takes the processor where nothing else works, and says why not', async () => {
    // A computer without a GPU, whatever this one has: CUDA and Vulkan see none.
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '');
    for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) vi.stubEnv(name, '/nowhere/driver.json');
    const { device, passedOver } = await chooseDevice('auto');
    expect(device).toMatchObject({
      provider: 'cpu',
      dialect: cpuDialect,
      title: expect.stringMatching(/^CPU \(.+\)$/),
    });
    expect(passedOver.map(({ provider }) => provider)).not.toContain('cpu');
    for (const { reason } of passedOver) expect(reason).toMatch(/\w/);
  });

  it('says where drivers are to be had if no card answers', async () => {
    for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) vi.stubEnv(name, '/nowhere/driver.json');
    await expect(chooseDevice('webgpu')).rejects.toThrow(/webgpu cannot be used here: no graphics card answers/);
  });

  it('takes what is asked for without trying others', async () => {
    expect(await chooseDevice('cpu')).toMatchObject({ device: { provider: 'cpu' }, passedOver: [] });
  });
});

describe('dialectProblem', () => {
  // The processor has a kernel for every operator of these dialects.
  it.each<[string, Dialect]>([
    ['cpu', cpuDialect],
    ['webgpu', webgpuDialect],
    ['webgpu in float32', webgpuDialect.float32],
    ['dml', dmlDialect],
    ['dml in float32', dmlDialect.float32],
  ])('finds none with %s', async (_, dialect) => {
    expect(await dialectProblem('cpu', dialect)).toBeNull();
  });

  it.each<[string, Partial<Dialect>, RegExp]>([
    ['attention', { attention: (_g, q) => q }, /computes wrongly in float32 \(.* off by [\d.]+ %\)/],
    ['attention by a little', { attention: sharper }, /computes wrongly/],
    ['group norm', { groupNorm: (_g, image) => image }, /computes wrongly/],
    ['layer norm', { layerNorm: (g, x) => add(g, x, x) }, /computes wrongly/],
    ['RMS norm', { rmsNorm: (g, x) => add(g, x, x) }, /computes wrongly/],
    ['rotary embedding', { rotaryEmbedding: (_g, tokens) => tokens }, /computes wrongly/],
    ['hiding later tokens', { attention: seeingAll }, /computes wrongly/],
    ['a kernel that is not there', { activation: (g, x) => g.node('Swish', [x]) }, /Swish/],
  ])('finds a device that fails at %s', async (_, broken, words) => {
    expect(await dialectProblem('cpu', { ...cpuDialect, ...broken })).toMatch(words);
  });
});
