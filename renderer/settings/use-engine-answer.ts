import { useEffect, useState } from 'react';
import { useEngine } from '../stores/engine.ts';

/**
 * What the engine answers, asked for anew when another engine is ready; null until it has answered. The second value puts
 * another answer in its place.
 *
 * @param ask always the same function
 */
export function useEngineAnswer<Answer>(ask: () => Promise<Answer>): [Answer | null, (answer: Answer) => void] {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const pid = useEngine(({ status }) => ('pid' in status ? status.pid : null));
  useEffect(() => {
    let current = true;
    setAnswer(null);
    if (pid === null) return;
    ask().then(
      (given) => current && setAnswer(given),
      // The engine was lost on the way: the next one is asked.
      () => {},
    );
    return () => {
      current = false;
    };
  }, [pid, ask]);
  return [answer, setAnswer];
}
