import type { Arrangement, StoredTensor } from '../stored-tensor.ts';
import { readValues } from '../tensor-values.ts';
import type { WeightUpdate } from './targets.ts';

/** A difference to a weight as two matrices, row after row: `up` [rows, rank] times `down` [rank, columns]. */
export interface Factors {
  readonly rows: number;
  readonly rank: number;
  readonly columns: number;
  readonly up: Float32Array;
  readonly down: Float32Array;
}

/** An update with the weight that its LoRA is given. */
export interface ScaledUpdate {
  readonly update: WeightUpdate;
  readonly weight: number;
}

/**
 * The sum of all updates of one weight, each `weight · alpha / rank · up · down`: ranks add up.
 *
 * @param target the weight; the product is arranged as it is stored
 * @throws HeadroomError `file` or `model` if the factors cannot be read
 */
export function sumOfUpdates(updates: readonly ScaledUpdate[], target: StoredTensor): Factors {
  const each = updates.map(({ update, weight }) => factorsOf(update, weight));
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
  return arranged({ rows, rank, columns, up, down }, target.arrangement);
}

function factorsOf({ up, down, mid, alpha }: WeightUpdate, weight: number): Factors {
  const [rank = 1] = down.shape;
  const [rows = 0] = up.shape;
  const first = mid ? throughMiddle(readValues(mid), readValues(down), rank) : readValues(down);
  const scale = (weight * alpha) / rank;
  const second = readValues(up).map((value) => value * scale);
  const columns = first.length / rank;
  const factors = { rows, rank, columns, up: second, down: first };
  return up.arrangement === 'plain' ? factors : arranged(factors, up.arrangement);
}

/**
 * The first two of three factors as one: `result[n, j, kl] = Σₘ mid[n, m, kl] · down[m, j]` (LyCORIS: rebuild_tucker).
 *
 * @param mid [rank, rank, kernel]
 * @param down [rank, in]
 */
function throughMiddle(mid: Float32Array, down: Float32Array, rank: number): Float32Array {
  const kernel = mid.length / rank ** 2;
  const inputs = down.length / rank;
  const result = new Float32Array(rank * inputs * kernel);
  for (let n = 0; n < rank; n++) {
    for (let m = 0; m < rank; m++) {
      for (let j = 0; j < inputs; j++) {
        const factor = down[m * inputs + j] as number;
        const from = (n * rank + m) * kernel;
        const to = (n * inputs + j) * kernel;
        for (let k = 0; k < kernel; k++) {
          result[to + k] = (result[to + k] as number) + factor * (mid[from + k] as number);
        }
      }
    }
  }
  return result;
}

/** The product in another arrangement, which for both is its own inverse. */
function arranged(factors: Factors, arrangement: Arrangement): Factors {
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
    case 'halves swapped': {
      const swapped = new Float32Array(up.length);
      swapped.set(up.subarray(up.length / 2));
      swapped.set(up.subarray(0, up.length / 2), up.length / 2);
      return { ...factors, up: swapped };
    }
  }
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(matrix, (_, index) => matrix[(index % rows) * columns + Math.floor(index / rows)] as number);
}
