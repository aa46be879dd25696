import { type Tensor, tensor } from '../../tensor/tensor.ts';

/**
 * Latents as the transformer takes them: each patch of two by two becomes a token.
 * [batch, channels, height, width] → [batch, height/2 · width/2, 4 · channels]; height and width even.
 * diffusers: FluxPipeline._pack_latents
 */
export function packLatents(latents: Tensor<'float32'>): Tensor<'float32'> {
  const [batch, channels, height, width] = latents.dims as [number, number, number, number];
  const packed = new Float32Array(latents.data.length);
  forEachLatent(batch, channels, height, width, (image, token) => {
    packed[token] = latents.data[image] as number;
  });
  return tensor('float32', [batch, (height * width) / 4, 4 * channels], packed);
}

/** The way back, to latents of that height and width. diffusers: FluxPipeline._unpack_latents */
export function unpackLatents(packed: Tensor<'float32'>, height: number, width: number): Tensor<'float32'> {
  const [batch, , patchChannels] = packed.dims as [number, number, number];
  const channels = patchChannels / 4;
  const latents = new Float32Array(packed.data.length);
  forEachLatent(batch, channels, height, width, (image, token) => {
    latents[image] = packed.data[token] as number;
  });
  return tensor('float32', [batch, channels, height, width], latents);
}

/** Where each number lies in [batch, channels, height, width] and where among the tokens. */
function forEachLatent(
  batch: number,
  channels: number,
  height: number,
  width: number,
  visit: (image: number, token: number) => void,
): void {
  let image = 0;
  for (let entry = 0; entry < batch; entry++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const patch = (entry * (height / 2) + (row >> 1)) * (width / 2) + (column >> 1);
          visit(image++, patch * 4 * channels + channel * 4 + (row & 1) * 2 + (column & 1));
        }
      }
    }
  }
}
