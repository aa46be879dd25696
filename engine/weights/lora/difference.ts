import { type Factors, scaledRows } from './factors.ts';
import type { LayerParts } from './layer-parts.ts';
import { type StoredProduct, storedProduct } from './stored-product.ts';

/** What a file adds to the weight of a layer. Nothing of it is read yet. */
export interface Difference {
  readonly rows: number;
  /** The inputs; of a convolution times the size of its kernel. */
  readonly columns: number;
  /** The matrices whose elementwise product it is. @throws HeadroomError `file` or `model` */
  read(): readonly Factors[];
}

/** `alpha / rank · up · down` (https://arxiv.org/abs/2106.09685, section 4.1). @throws HeadroomError `model` */
export function lowRank(parts: LayerParts): Difference {
  const product = storedProduct(parts.expect('up'), parts.expect('down'), parts.get('mid'));
  return elementwise([product], parts.scale(product.rank));
}

/** The elementwise product of some products, times a number. */
export function elementwise(products: readonly StoredProduct[], scale: number): Difference {
  const { rows = 0, columns = 0 } = products[0] ?? {};
  return {
    rows,
    columns,
    read: () =>
      products.map((product, index) => (index === 0 ? scaledRows(product.read(), () => scale) : product.read())),
  };
}

/**
 * The product that LyCORIS calls `name_a` [rows, rank] and `name_b` [rank, in, …]; with a middle factor, the first one is
 * [rank, rows] (lycoris: functional/general.py, rebuild_tucker).
 *
 * @throws HeadroomError `model`
 */
export function lycorisProduct(parts: LayerParts, name: string, middle: string): StoredProduct {
  const [up, down, mid] = [parts.expect(`${name}_a`), parts.expect(`${name}_b`), parts.get(middle)];
  return storedProduct(mid ? { ...up, arrangement: 'transposed' } : up, down, mid);
}
