import { type Arrangement, cutRows, type StoredTensor } from '../stored-tensor.ts';

/** What a stored tensor is to networks: one tensor under another name, or several whose rows lie one after the other. */
export interface NameRule {
  readonly from: RegExp;
  /** Names with the groups of `from` as `$1`, `$2`. */
  readonly to: readonly string[];
  /** Relative heights, one for each name; equal ones by default. */
  readonly parts?: readonly number[];
  readonly arrangement?: Arrangement;
}

/** All tensors whose names begin with `from.` then begin with `to.` */
export function prefixRule(from: string, to: string): NameRule {
  return { from: new RegExp(`^${from.replaceAll('.', '\\.')}\\.`), to: [`${to}.`] };
}

/**
 * The tensors under the names of networks, by the first rule that fits each. What no rule fits is left out: checkpoints
 * hold averages of the training, counters and parts that drawing does not need.
 *
 * @throws HeadroomError `model` if a tensor's rows cannot be cut as its rule says
 */
export function renamed(tensors: Iterable<StoredTensor>, rules: readonly NameRule[]): StoredTensor[] {
  return [...tensors].flatMap((tensor) => {
    const rule = rules.find(({ from }) => from.test(tensor.name));
    if (!rule) return [];
    const { from, to, parts = to.map(() => 1), arrangement = 'plain' } = rule;
    const pieces = to.length === 1 ? [tensor] : cutRows(tensor, parts);
    return pieces.map((piece, index) => {
      return { ...piece, arrangement, name: tensor.name.replace(from, to[index] as string) };
    });
  });
}
