import { create } from 'zustand';
import type { AppInfo, Settings } from '../../electron/ipc/contract.ts';

interface SettingsState {
  /** As main keeps them; null until it answered. */
  settings: Settings | null;
  info: AppInfo | null;
}

export const useSettings = create<SettingsState>()(() => ({ settings: null, info: null }));

export function setSettings(settings: Settings): void {
  useSettings.setState({ settings });
}

export function setAppInfo(info: AppInfo): void {
  useSettings.setState({ info });
}
