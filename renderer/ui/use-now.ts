import { useEffect, useState } from 'react';

/** The time, renewed every `interval` milliseconds: for what counts in front of the person. */
export function useNow(interval = 1000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [interval]);
  return now;
}
