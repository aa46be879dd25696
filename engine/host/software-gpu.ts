import { type VulkanDevice, vulkanDevices } from '../ort/vulkan.ts';

/**
 * Why WebGPU would compute on the processor here, many times slower than the CPU provider, or null where it has a GPU: the
 * runtime does not say. Vulkan tells of GPUs on Windows, too, where WebGPU itself goes by Direct3D 12: all their drivers
 * have both. Metal has GPUs only.
 */
export async function processorBehindWebGpu(
  platform = process.platform,
  devices: () => Promise<readonly VulkanDevice[] | null> = vulkanDevices,
): Promise<string | null> {
  if (platform === 'darwin') return null;
  const found = await devices();
  if (found?.some(({ isProcessor }) => !isProcessor)) return null;
  const [first] = found ?? [];
  return first ? `${first.name} computes on the processor` : 'there is no GPU with a Vulkan driver';
}
