/** A component, and when it was used. */
export interface ComponentUse {
  readonly model: string;
  /** Larger for one that was used later. */
  readonly lastUse: number;
}

/** A component that is resident and not lent out. */
interface IdleComponent extends ComponentUse {
  /** What its going frees. */
  readonly bytes: number;
}

/**
 * Which components go so that `bytes` come free, none of them in vain: all, where all are not enough. First go those that
 * nobody is known to want soon, the longest unused before the others: of other models, or not used since the one that is
 * wanted now was. The others take their turn with it, picture after picture, and the longest unused is the one that is
 * wanted first; so of these the smallest go, which are the soonest loaded again.
 *
 * @param wanted the one that room is made for, as it was used before
 */
export function leastMissed<Component extends IdleComponent>(
  idle: readonly Component[],
  bytes: number,
  wanted: ComponentUse,
): readonly Component[] {
  const takesTurns = ({ model, lastUse }: ComponentUse) => model === wanted.model && lastUse > wanted.lastUse;
  const others = idle.filter((one) => !takesTurns(one)).sort((one, other) => one.lastUse - other.lastUse);
  const turns = idle.filter(takesTurns).sort((one, other) => one.bytes - other.bytes);
  const going = new Set<Component>();
  let freed = 0;
  for (const one of [...others, ...turns]) {
    if (freed >= bytes) break;
    going.add(one);
    freed += one.bytes;
  }
  for (const one of [...going].reverse()) {
    if (freed - one.bytes < bytes) continue;
    going.delete(one);
    freed -= one.bytes;
  }
  return [...going];
}
