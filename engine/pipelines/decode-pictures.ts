import type { Model } from '../families/model.ts';
import type { Pixels } from '../images/picture.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { decodeLatents } from './decode-latents.ts';
import type { Ladder } from './ladder.ts';
import { stack, unstack } from './latents.ts';
import { type Stage, within } from './stage.ts';
import { decodeTiled } from './tiled/decode-tiled.ts';

/**
 * The pictures of latents [pictures, channels, height, width], as many together and in tiles as large as the plan allows
 * at that moment. Pictures that are decoded stay so when memory runs out.
 *
 * @throws HeadroomError `cancelled` between pictures, `memory`, and whatever the network throws
 */
export async function decodePictures(
  model: Model,
  latents: Tensor<'float32'>,
  stage: Stage,
  ladder: Ladder,
): Promise<Pixels[]> {
  const pictures = unstack(latents);
  const decoded: Pixels[] = [];
  await ladder.attempt('decode', async ({ decodedTogether: together, vaeTile, residency }) => {
    while (decoded.length < pictures.length) {
      const next = pictures.slice(decoded.length, decoded.length + together);
      const placed = ladder.placed('decode', stage);
      const share = within(placed, decoded.length / pictures.length, (decoded.length + next.length) / pictures.length);
      const options = { together, residency, activationBytes: ladder.activationBytes('decode') };
      const group = stack(next);
      decoded.push(
        ...(vaeTile === null
          ? await decodeLatents(model, group, share, options)
          : await decodeTiled(model, group, vaeTile, share, options)),
      );
    }
  });
  return decoded;
}
