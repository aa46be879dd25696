// electron-builder calls this on the unpacked app. It removes what belongs to Electron as a tool rather than to an app:
// electron-builder itself does that only with a runtime that it has downloaded, not with the one given to it.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** @param {import('electron-builder').AfterPackContext} context */
export async function afterPack({ appOutDir, electronPlatformName }) {
  if (electronPlatformName === 'darwin') return;
  for (const name of ['version', join('resources', 'default_app.asar')])
    await rm(join(appOutDir, name), { force: true });
}
