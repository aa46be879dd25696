import { formatElapsed } from '../format.ts';
import { useNow } from './use-now.ts';

interface ElapsedProps {
  since: number;
  /** Seconds before which nothing is shown: for what is mostly over at once, a flickering "0 s" says nothing. */
  from?: number;
}

/** Seconds since a moment. Silent for screen readers, which would read every one of them out. */
export function Elapsed({ since, from = 0 }: ElapsedProps) {
  const now = useNow(500);
  if (now - since < from * 1000) return null;
  return (
    <span aria-hidden className="shrink-0 text-faint numeric">
      {formatElapsed((now - since) / 1000)}
    </span>
  );
}

/** Seconds until a moment; nothing once it has come. */
export function Countdown({ until }: { until: number }) {
  const now = useNow(250);
  const seconds = Math.ceil((until - now) / 1000);
  if (seconds <= 0) return null;
  return (
    <span aria-hidden className="shrink-0 text-faint numeric">
      in {seconds} s
    </span>
  );
}
