import type { StoredTensor } from '../stored-tensor.ts';
import { arranged, type Factors, halvesSwapped, rowsOf, scaledColumns, scaledRows, sumOfProducts } from './factors.ts';
import type { WeightUpdate } from './targets.ts';

/** An update with the weight that its LoRA is given. */
export interface ScaledUpdate {
  readonly update: WeightUpdate;
  readonly weight: number;
}

/** A matrix that is the elementwise product of some products. */
export type Term = readonly Factors[];

/** What is added to a weight together with a factor for each of its rows or columns. */
export interface ScaledTerm {
  readonly term: Term;
  readonly gains: { readonly of: 'rows' | 'columns'; readonly values: Float32Array };
}

/** A difference after which the rows or columns of a weight get a length (DoRA). Both are arranged as the weight is stored. */
export interface Decomposition {
  readonly difference: Term;
  readonly of: 'rows' | 'columns';
  /** One for each of the rows or columns, or for each of as many neighbours as there are of them. */
  readonly magnitude: Float32Array;
  readonly weight: number;
}

/** What updates do to one weight, arranged as it is stored. */
export interface Changes {
  /** Each is added, weights included. */
  readonly terms: readonly Term[];
  readonly decompositions: readonly Decomposition[];
}

/**
 * Reads what updates do to a weight, `weight · difference` each. Low-rank ones become one: ranks add up.
 *
 * @throws HeadroomError `file` or `model` if a factor cannot be read
 */
export function changesOf(updates: readonly ScaledUpdate[], target: StoredTensor): Changes {
  const products: Factors[] = [];
  const others: Term[] = [];
  const decompositions: Decomposition[] = [];
  for (const { update, weight } of updates) {
    const difference = differenceFor(update, target);
    if (update.magnitude) {
      decompositions.push({ difference, weight, ...magnitudeFor(update, target) });
      continue;
    }
    const [first, ...rest] = difference as [Factors, ...Factors[]];
    const scaled = scaledRows(first, () => weight);
    if (rest.length === 0) products.push(scaled);
    else others.push([scaled, ...rest]);
  }
  const terms = products.length > 0 ? [[sumOfProducts(products)], ...others] : others;
  return { terms, decompositions };
}

/**
 * What a decomposition adds to the weight W: `weight · (scale ∘ (W + difference) - W)` with the scale that gives its rows or
 * columns the length that the magnitude says (lycoris: functional/general.py, weight_decompose; for weights other than 1
 * ComfyUI: weight_adapter/base.py, weight_decompose).
 *
 * @param squares the sum of squares of each row or column of W + difference
 */
export function scaledToMagnitude(
  { difference, of, magnitude, weight }: Decomposition,
  squares: Float64Array,
): ScaledTerm {
  const together = squares.length / magnitude.length;
  const scales = Float64Array.from(magnitude, (wanted, index) => {
    const sum = squares.subarray(index * together, (index + 1) * together).reduce((total, each) => total + each, 0);
    return wanted / (Math.sqrt(sum) + EPSILON);
  });
  const scaleOf = (place: number) => scales[Math.floor(place / together)] as number;
  const [first, ...rest] = difference as [Factors, ...Factors[]];
  const scaled = (of === 'rows' ? scaledRows : scaledColumns)(first, (place) => weight * scaleOf(place));
  const values = Float32Array.from(squares, (_, place) => weight * (scaleOf(place) - 1));
  return { term: [scaled, ...rest], gains: { of, values } };
}

/** torch.finfo(torch.float32).eps, as LyCORIS adds it: no division by 0. */
const EPSILON = 2 ** -23;

function differenceFor({ difference, rows, arrangement }: WeightUpdate, target: StoredTensor): Term {
  return difference
    .read()
    .map((product) => arranged(rowsOf(product, rows.first, rows.count), arrangement))
    .map((product) => arranged(product, target.arrangement));
}

function magnitudeFor(
  { magnitude, rows, arrangement }: WeightUpdate,
  target: StoredTensor,
): Pick<Decomposition, 'of' | 'magnitude'> {
  const { of, read } = magnitude as NonNullable<WeightUpdate['magnitude']>;
  const isTurned = target.arrangement === 'transposed';
  if (of === 'columns') return { of: isTurned ? 'rows' : 'columns', magnitude: read() };
  const own = read().subarray(rows.first, rows.first + rows.count);
  const swaps = [arrangement, target.arrangement].filter((each) => each === 'halves swapped').length;
  return { of: isTurned ? 'columns' : 'rows', magnitude: swaps === 1 ? halvesSwapped(own) : own };
}
