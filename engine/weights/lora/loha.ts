import { type Difference, elementwise, lycorisProduct } from './difference.ts';
import type { LayerParts } from './layer-parts.ts';

/**
 * `alpha / rank · (w1a · w1b) ∘ (w2a · w2b)` (https://arxiv.org/abs/2108.06098; LyCORIS: LohaModule).
 *
 * @throws HeadroomError `model` if a factor is missing or they do not fit each other
 */
export function loha(parts: LayerParts): Difference {
  const first = lycorisProduct(parts, 'hada_w1', 'hada_t1');
  const second = lycorisProduct(parts, 'hada_w2', 'hada_t2');
  if (first.rows !== second.rows || first.columns !== second.columns) {
    throw parts.malformed(
      `its two products are [${first.rows}, ${first.columns}] and [${second.rows}, ${second.columns}]`,
    );
  }
  return elementwise([first, second], parts.scale(first.rank));
}
