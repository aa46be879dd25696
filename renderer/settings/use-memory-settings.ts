import { useEffect, useState } from 'react';
import type { MemorySettings } from '../../engine/contract/protocol.ts';
import { call } from '../api/client.ts';
import { useEngine } from '../stores/engine.ts';

/** What the engine works under, asked for anew when another engine is ready; null until it has answered. */
export function useMemorySettings(): MemorySettings | null {
  const [settings, setSettings] = useState<MemorySettings | null>(null);
  const pid = useEngine(({ status }) => ('pid' in status ? status.pid : null));
  useEffect(() => {
    let current = true;
    setSettings(null);
    if (pid === null) return;
    call('engine:memory-settings').then(
      (answer) => current && setSettings(answer),
      // The engine was lost on the way: the next one is asked.
      () => {},
    );
    return () => {
      current = false;
    };
  }, [pid]);
  return settings;
}
