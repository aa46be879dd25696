import { useSettings } from '../stores/settings.ts';

const mac: Record<string, string> = { Ctrl: '⌘', Shift: '⇧', Alt: '⌥', Enter: '↩' };

/** A shortcut as this system writes it: "Ctrl+Enter", or "⌘↩" on a Mac. */
export function keys(...names: string[]): string {
  const onMac = useSettings.getState().info?.platform === 'darwin';
  return onMac ? names.map((name) => mac[name] ?? name).join('') : names.join('+');
}
