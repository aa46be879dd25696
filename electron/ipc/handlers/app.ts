import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { app, shell } from 'electron';
import { HeadroomError } from '../../../engine/contract/errors.ts';
import type { Dialogs } from '../../dialogs.ts';
import { fileProblem } from '../../file-problem.ts';
import type { SettingsStore } from '../../settings.ts';
import { settingsProblem } from '../../settings-problem.ts';
import type { CallHandlers } from '../answer.ts';
import type { Notices } from '../window-events.ts';

interface Needs {
  bundledModels: string;
  settings: SettingsStore;
  dialogs: Dialogs;
  notices: Notices;
  /** All that the engine's device has; null where that is not known. */
  deviceBytes: () => number | null;
}

export function appCalls({ bundledModels, settings, dialogs, notices, deviceBytes }: Needs) {
  return {
    'app:info': () => {
      // The notices follow the answer.
      setImmediate(() => notices.ready());
      return {
        version: app.getVersion(),
        platform: process.platform,
        electron: process.versions.electron ?? '',
        bundledModels,
        testing: process.env.HEADROOM_E2E === '1',
      };
    },
    'app:show-in-folder': async ({ path: file }) => {
      await stat(file).catch((cause) => {
        throw new HeadroomError('file', `${file} cannot be shown: ${fileProblem(cause)}.`, { cause });
      });
      shell.showItemInFolder(path.resolve(file));
    },
    'app:open-results-folder': () => openFolder(settings.current.resultsFolder),
    'app:choose-folder': ({ title }) => dialogs.chooseFolder(title),
    'settings:get': () => settings.current,
    'settings:set': async (changes) => {
      const problem = await settingsProblem(changes, settings.current, deviceBytes());
      if (problem) throw new HeadroomError('input', problem);
      return await settings.change(changes).catch((cause) => {
        throw new HeadroomError('file', `The settings hold until Headroom is closed; ${fileProblem(cause)}.`, {
          cause,
        });
      });
    },
  } satisfies Partial<CallHandlers>;
}

/** Opens a folder in the system's file manager; made first, if no run has put anything there yet. */
export async function openFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw new HeadroomError('file', `${folder} cannot be made: ${fileProblem(cause)}.`, { cause });
  });
  const problem = await shell.openPath(folder);
  if (problem) throw new HeadroomError('file', `${folder} cannot be opened: ${problem}`);
}
