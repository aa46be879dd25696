import type { RunEvent } from '../contract/events.ts';

/** At most ten events of a frequent kind a second cross to main; the latest one counts. */
const INTERVAL_MS = 100;

/**
 * Sends events on in their order, holding back progress and previews that follow their kind too soon. What
 * is held back goes out before any other event, with `flush`, or when its time has come.
 */
export function throttled(send: (event: RunEvent) => void): { send: (event: RunEvent) => void; flush: () => void } {
  const held = new Map<RunEvent['type'], RunEvent>();
  const sentAt = new Map<RunEvent['type'], number>();
  let timer: NodeJS.Timeout | null = null;

  const flush = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    for (const [type, event] of held) {
      sentAt.set(type, performance.now());
      send(event);
    }
    held.clear();
  };

  return {
    flush,
    send(event) {
      if (!isFrequent(event)) {
        flush();
        send(event);
        return;
      }
      held.delete(event.type);
      held.set(event.type, event);
      const wait = (sentAt.get(event.type) ?? 0) + INTERVAL_MS - performance.now();
      if (wait <= 0) flush();
      else timer ??= setTimeout(flush, wait);
    },
  };
}

function isFrequent({ type }: RunEvent): boolean {
  return type === 'progress' || type === 'preview';
}
