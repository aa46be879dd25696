import { type VulkanDevice, vulkanDevices } from '../ort/vulkan.ts';

type AskVulkan = () => Promise<readonly VulkanDevice[] | null>;

/**
 * Why WebGPU would compute on the processor here, many times slower than the CPU provider, or null where it has a GPU: the
 * runtime does not say. Vulkan tells of GPUs on Windows, too, where WebGPU itself goes by Direct3D 12: all their drivers
 * have both. Metal has GPUs only.
 */
export async function processorBehindWebGpu(
  platform = process.platform,
  devices: AskVulkan = vulkanDevices,
): Promise<string | null> {
  if (platform === 'darwin') return null;
  const found = await devices();
  if (found?.some(({ isProcessor }) => !isProcessor)) return null;
  const [first] = found ?? [];
  return first ? `${first.name} computes on the processor` : 'there is no GPU with a Vulkan driver';
}

/** The name of the GPU that WebGPU computes on, or null where Vulkan tells of none or of several. */
export async function cardBehindWebGpu(devices: AskVulkan = vulkanDevices): Promise<string | null> {
  const found = (await devices()) ?? [];
  const [card, ...others] = found.filter(({ isProcessor }) => !isProcessor);
  return card && others.length === 0 ? card.name : null;
}
