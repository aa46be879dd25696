import { type Difference, elementwise, lycorisProduct } from './difference.ts';
import type { LayerParts } from './layer-parts.ts';
import { type StoredProduct, storedMatrix } from './stored-product.ts';

/**
 * `alpha / rank · w1 ⊗ w2` (https://arxiv.org/abs/2309.14859; LyCORIS: LokrModule), each of the two whole or a product. A
 * Kronecker product is an elementwise one: of the first matrix with each of its numbers repeated and the second one repeated
 * as a whole.
 *
 * @throws HeadroomError `model` if a factor is missing or they do not fit each other
 */
export function lokr(parts: LayerParts): Difference {
  const [first, second] = [matrix(parts, 'lokr_w1', 'lokr_t1'), matrix(parts, 'lokr_w2', 'lokr_t2')];
  const size = { rows: first.rows * second.rows, columns: first.columns * second.columns };
  const repeated = {
    row: (row: number) => Math.floor(row / second.rows),
    column: (column: number) => Math.floor(column / second.columns),
  };
  const tiled = { row: (row: number) => row % second.rows, column: (column: number) => column % second.columns };
  // Two whole matrices have no rank, and LyCORIS gives them an alpha without a meaning.
  const [factored] = [second, first].filter(({ isWhole }) => !isWhole);
  return elementwise(
    [taken(first, size, repeated), taken(second, size, tiled)],
    factored ? parts.scale(factored.rank) : 1,
  );
}

interface Matrix extends StoredProduct {
  readonly isWhole: boolean;
}

function matrix(parts: LayerParts, name: string, middle: string): Matrix {
  const whole = parts.get(name);
  return whole ? { ...storedMatrix(whole), isWhole: true } : { ...lycorisProduct(parts, name, middle), isWhole: false };
}

interface Places {
  /** Which row of the matrix is at a row of the result. */
  row(row: number): number;
  column(column: number): number;
}

/** A matrix of another size made of the rows and columns of one. */
function taken(
  product: StoredProduct,
  { rows, columns }: { rows: number; columns: number },
  from: Places,
): StoredProduct {
  const { rank } = product;
  return {
    rows,
    rank,
    columns,
    read() {
      const { up, down } = product.read();
      const [rowsUp, columnsDown] = [new Float32Array(rows * rank), new Float32Array(rank * columns)];
      for (let row = 0; row < rows; row++) {
        const start = from.row(row) * rank;
        rowsUp.set(up.subarray(start, start + rank), row * rank);
      }
      for (let index = 0; index < columnsDown.length; index++) {
        const place = Math.floor(index / columns) * product.columns + from.column(index % columns);
        columnsDown[index] = down[place] as number;
      }
      return { rows, rank, columns, up: rowsUp, down: columnsDown };
    },
  };
}
