import { useEngine } from './engine.ts';
import { useMonitor } from './monitor.ts';
import { useSettings } from './settings.ts';

/**
 * The name of an NVIDIA card that is in this computer and that the engine would use through CUDA if it could; null where there is none,
 * and while nothing is known. Only for Linux can Headroom install what such a card needs.
 */
export function useUnusedCard(): string | null {
  const card = useMonitor(({ figures }) => figures?.gpu?.name ?? null);
  const device = useEngine(({ status }) => ('device' in status ? status.device : null));
  const wanted = useSettings(({ settings }) => settings?.device ?? null);
  const platform = useSettings(({ info }) => info?.platform ?? null);
  const wantsCuda = wanted === 'auto' || wanted === 'cuda';
  return platform === 'linux' && wantsCuda && device !== null && !device.startsWith('CUDA') ? card : null;
}
