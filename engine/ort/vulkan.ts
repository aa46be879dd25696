/** A device that Vulkan has a driver for. */
export interface VulkanDevice {
  readonly name: string;
  /** A driver that computes on the processor, such as Mesa's llvmpipe. */
  readonly isProcessor: boolean;
}

/** Where the Vulkan loader is that onnxruntime's WebGPU provider asks for devices, too. */
const LOADER = process.platform === 'win32' ? 'vulkan-1.dll' : 'libvulkan.so.1';

const INSTANCE_CREATE_INFO_BYTES = 64;
const STRUCTURE_TYPE_INSTANCE_CREATE_INFO = 1;
/** VkPhysicalDeviceProperties has 824: versions and ids, the type, the name, and limits behind them. */
const PROPERTIES_BYTES = 1024;
const TYPE_AT = 16;
const TYPE_CPU = 4;
const NAME_AT = 20;
const NAME_BYTES = 256;

/**
 * The devices of the system's Vulkan drivers, or null where there is no Vulkan: onnxruntime does not say what its WebGPU
 * provider computes on. (Vulkan specification: vkEnumeratePhysicalDevices, VkPhysicalDeviceProperties.)
 */
export async function vulkanDevices(): Promise<VulkanDevice[] | null> {
  try {
    const { default: koffi } = await import('koffi');
    const vulkan = koffi.load(LOADER);
    const createInstance = vulkan.func('vkCreateInstance', 'int', ['void *', 'void *', 'void *']);
    const destroyInstance = vulkan.func('vkDestroyInstance', 'void', ['uint64_t', 'void *']);
    const enumerate = vulkan.func('vkEnumeratePhysicalDevices', 'int', ['uint64_t', 'void *', 'void *']);
    const properties = vulkan.func('vkGetPhysicalDeviceProperties', 'void', ['uint64_t', 'void *']);

    const info = new Uint8Array(INSTANCE_CREATE_INFO_BYTES);
    new DataView(info.buffer).setUint32(0, STRUCTURE_TYPE_INSTANCE_CREATE_INFO, true);
    const instance = new BigUint64Array(1);
    if (createInstance(info, null, instance) !== 0) return null;
    try {
      const count = new Uint32Array(1);
      enumerate(instance[0], count, null);
      const devices = new BigUint64Array(count[0] ?? 0);
      enumerate(instance[0], count, devices);
      return [...devices].map((device) => {
        const bytes = new Uint8Array(PROPERTIES_BYTES);
        properties(device, bytes);
        return readProperties(bytes);
      });
    } finally {
      destroyInstance(instance[0], null);
    }
  } catch {
    // There is no loader, or no way to call it.
    return null;
  }
}

function readProperties(bytes: Uint8Array): VulkanDevice {
  const [name = ''] = new TextDecoder().decode(bytes.subarray(NAME_AT, NAME_AT + NAME_BYTES)).split('\0', 1);
  return { name, isProcessor: new DataView(bytes.buffer).getUint32(TYPE_AT, true) === TYPE_CPU };
}
