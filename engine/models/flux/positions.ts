import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { FluxConfig } from './config.ts';

const THETA = 10_000;

/** How many tokens there are: those of the prompt, then one for each patch of two by two latents, row by row. */
export interface TokenGrid {
  readonly textTokens: number;
  /** In patches. */
  readonly height: number;
  /** In patches. */
  readonly width: number;
}

/**
 * The transformer's inputs `rotary_cosines` and `rotary_sines`: float32 [tokens, attention_head_dim / 2], of each token's
 * angles. A token's position is (0, row, column), that of all text tokens (0, 0, 0).
 * diffusers: FluxPosEmbed, FluxPipeline._prepare_latent_image_ids; in double precision as there.
 */
export function rotaryInputs(
  { axes_dims_rope: axes, attention_head_dim: headSize }: FluxConfig,
  { textTokens, height, width }: TokenGrid,
): { rotary_cosines: Tensor<'float32'>; rotary_sines: Tensor<'float32'> } {
  const frequencies = axes.flatMap((size, axis) =>
    Array.from({ length: size / 2 }, (_, index) => ({ axis, frequency: THETA ** ((-2 * index) / size) })),
  );
  const half = headSize / 2;
  const tokens = textTokens + height * width;
  const cosines = new Float32Array(tokens * half).fill(1);
  const sines = new Float32Array(tokens * half);
  let at = textTokens * half;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const position = [0, row, column];
      for (const { axis, frequency } of frequencies) {
        const angle = (position[axis] as number) * frequency;
        cosines[at] = Math.cos(angle);
        sines[at] = Math.sin(angle);
        at++;
      }
    }
  }
  const dims = [tokens, half];
  return { rotary_cosines: tensor('float32', dims, cosines), rotary_sines: tensor('float32', dims, sines) };
}
