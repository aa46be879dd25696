/** At most ten of a kind a second reach the window: more than a person can see, and each costs a copy. */
export const EVENT_INTERVAL_MS = 100;

/** Sends the first value at once, and those that follow within the interval together at its end. */
export function batched<T>(send: (values: T[]) => void, intervalMs = EVENT_INTERVAL_MS): (value: T) => void {
  let waiting: T[] = [];
  let timer: NodeJS.Timeout | null = null;

  const flush = () => {
    timer = null;
    if (waiting.length === 0) return;
    const values = waiting;
    waiting = [];
    timer = setTimeout(flush, intervalMs);
    send(values);
  };

  return (value) => {
    waiting.push(value);
    if (!timer) flush();
  };
}

/** Sends the first value at once, and of those that follow within the interval only the last, at its end. */
export function latest<T>(send: (value: T) => void, intervalMs = EVENT_INTERVAL_MS): (value: T) => void {
  return batched((values) => send(values[values.length - 1]!), intervalMs);
}
