import type { Settings } from '../../electron/ipc/contract.ts';
import { setSettings } from '../stores/settings.ts';
import { toast } from '../ui/toast.ts';
import { call, messageOf } from './client.ts';

/** Changes settings at once; what main made of them is what the window shows. */
export async function changeSettings(change: Partial<Settings>): Promise<void> {
  try {
    setSettings(await call('settings:set', change));
  } catch (thrown) {
    toast('error', 'The setting could not be changed', { detail: messageOf(thrown) });
  }
}

/** Lets the person choose a folder; null where they closed the dialog. */
export async function chooseFolder(title: string): Promise<string | null> {
  try {
    return await call('app:choose-folder', { title });
  } catch (thrown) {
    toast('error', 'No folder could be chosen', { detail: messageOf(thrown) });
    return null;
  }
}
