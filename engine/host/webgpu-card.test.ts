import { afterEach, expect, it, vi } from 'vitest';
import { cardBehindWebGpu, processorBehindWebGpu } from './webgpu-card.ts';

afterEach(() => vi.unstubAllEnvs());

const llvmpipe = { name: 'llvmpipe (LLVM 15.0.6, 256 bits)', isProcessor: true };
const card = { name: 'AMD Radeon RX 7600', isProcessor: false };

it.each([
  [[card], null],
  [[llvmpipe, card], null],
  [[llvmpipe], 'llvmpipe (LLVM 15.0.6, 256 bits) computes on the processor'],
  [[], 'there is no GPU with a Vulkan driver'],
  [null, 'there is no GPU with a Vulkan driver'],
])('of Vulkan devices %j it says %j', async (devices, reason) => {
  expect(await processorBehindWebGpu('linux', async () => devices)).toBe(reason);
});

it('asks Vulkan itself, which may have no driver or not be there', async () => {
  for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) vi.stubEnv(name, '/nowhere/driver.json');
  expect(await processorBehindWebGpu('linux')).toBe('there is no GPU with a Vulkan driver');
});

it('knows that Metal has GPUs only', async () => {
  expect(await processorBehindWebGpu('darwin', async () => null)).toBeNull();
});

it.each([
  [[llvmpipe, card], 'AMD Radeon RX 7600'],
  [[card, { name: 'Intel Arc', isProcessor: false }], null],
  [[llvmpipe], null],
  [null, null],
])('of Vulkan devices %j it computes on %j', async (devices, name) => {
  expect(await cardBehindWebGpu(async () => devices)).toBe(name);
});
