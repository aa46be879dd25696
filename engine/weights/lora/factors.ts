import type { Arrangement } from '../stored-tensor.ts';

/** A matrix [rows, columns] as a product of two, row after row: `up` [rows, rank] times `down` [rank, columns]. */
export interface Factors {
  readonly rows: number;
  readonly rank: number;
  readonly columns: number;
  readonly up: Float32Array;
  readonly down: Float32Array;
}

/** The sum of products of one size: their ranks add up. */
export function sumOfProducts(each: readonly Factors[]): Factors {
  const { rows = 0, columns = 0 } = each[0] ?? {};
  const rank = each.reduce((sum, factors) => sum + factors.rank, 0);
  const up = new Float32Array(rows * rank);
  const down = new Float32Array(rank * columns);
  let before = 0;
  for (const factors of each) {
    down.set(factors.down, before * columns);
    for (let row = 0; row < rows; row++) {
      up.set(factors.up.subarray(row * factors.rank, (row + 1) * factors.rank), row * rank + before);
    }
    before += factors.rank;
  }
  return { rows, rank, columns, up, down };
}

/** Each row of the product times the scale at its place. */
export function scaledRows(factors: Factors, scaleOf: (row: number) => number): Factors {
  const up = factors.up.map((value, index) => value * scaleOf(Math.floor(index / factors.rank)));
  return { ...factors, up };
}

/** Each column of the product times the scale at its place. */
export function scaledColumns(factors: Factors, scaleOf: (column: number) => number): Factors {
  return { ...factors, down: factors.down.map((value, index) => value * scaleOf(index % factors.columns)) };
}

/** Some rows of the product. */
export function rowsOf(factors: Factors, first: number, rows: number): Factors {
  return { ...factors, rows, up: factors.up.subarray(first * factors.rank, (first + rows) * factors.rank) };
}

/** The product in another arrangement, which for both is its own inverse. */
export function arranged(factors: Factors, arrangement: Arrangement): Factors {
  const { rows, rank, columns, up, down } = factors;
  switch (arrangement) {
    case 'plain':
      return factors;
    case 'transposed':
      return {
        rows: columns,
        rank,
        columns: rows,
        up: transposed(down, rank, columns),
        down: transposed(up, rows, rank),
      };
    case 'halves swapped':
      return { ...factors, up: halvesSwapped(up) };
  }
}

/** A matrix with its rows as columns. */
export function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(matrix, (_, index) => matrix[(index % rows) * columns + Math.floor(index / rows)] as number);
}

/** The second half of some numbers before the first. */
export function halvesSwapped(values: Float32Array): Float32Array {
  const swapped = new Float32Array(values.length);
  swapped.set(values.subarray(values.length / 2));
  swapped.set(values.subarray(0, values.length / 2), values.length / 2);
  return swapped;
}
