import { HeadroomError } from '../../contract/errors.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { StoredTensor } from '../stored-tensor.ts';
import { readValues } from '../tensor-values.ts';
import { type Factors, transposed } from './factors.ts';

/** A product of factors in a file, none of them read yet. */
export interface StoredProduct {
  readonly rows: number;
  readonly rank: number;
  readonly columns: number;
  /** @throws HeadroomError `file` or `model` if the factors cannot be read */
  read(): Factors;
}

/**
 * The product of `up` [rows, rank] and `down` [rank, in, …].
 *
 * @param mid of convolutions, between the two: [rank, rank, height, width] (LyCORIS: rebuild_tucker)
 * @throws HeadroomError `model` if they are not of one rank
 */
export function storedProduct(up: StoredTensor, down: StoredTensor, mid?: StoredTensor): StoredProduct {
  const [rank = 0] = down.shape;
  const isTurned = up.arrangement === 'transposed';
  const [rows = 0, upRank] = isTurned ? up.shape.toReversed() : up.shape;
  if (rank === 0 || upRank !== rank) throw unequalRanks(up, down);
  if (mid && !(mid.shape[0] === rank && mid.shape[1] === rank)) throw unequalRanks(mid, down);
  const kernel = mid ? elementCount(mid.shape) / rank ** 2 : 1;
  const columns = (elementCount(down.shape) / rank) * kernel;
  return {
    rows,
    rank,
    columns,
    read: () => {
      const first = mid ? throughMiddle(readValues(mid), readValues(down), rank) : readValues(down);
      const second = isTurned ? transposed(readValues(up), rank, rows) : readValues(up);
      return { rows, rank, columns, up: second, down: first };
    },
  };
}

/** A matrix that a file holds whole, as a product with the matrix of ones on the diagonal on its shorter side. */
export function storedMatrix(tensor: StoredTensor): StoredProduct {
  const [rows = 0] = tensor.shape;
  const columns = elementCount(tensor.shape) / rows;
  const rank = Math.min(rows, columns);
  return {
    rows,
    rank,
    columns,
    read: () => {
      const diagonal = new Float32Array(rank ** 2);
      for (let index = 0; index < rank; index++) diagonal[index * (rank + 1)] = 1;
      const values = readValues(tensor);
      const [up, down] = rows < columns ? [diagonal, values] : [values, diagonal];
      return { rows, rank, columns, up, down };
    },
  };
}

/** The first two of three factors as one: `result[n, j, kl] = Σₘ mid[n, m, kl] · down[m, j]`. */
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

function unequalRanks(one: StoredTensor, other: StoredTensor): HeadroomError {
  const shape = ({ storedName, shape: dims }: StoredTensor) => `"${storedName}" [${dims.join(', ')}]`;
  return new HeadroomError(
    'model',
    `${other.path} is malformed: ${shape(other)} and ${shape(one)} are not of one rank.`,
  );
}
