import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import type { EventPayload } from './ipc/contract.ts';

export interface MenuActions {
  /** Has the window carry a command out. */
  command(name: EventPayload<'command'>): void;
  restartEngine(): void;
  openResultsFolder(): void;
}

/**
 * Commands' accelerators are shown here and carried out by the page, which knows whether the person is typing: otherwise one
 * Ctrl+Z would undo in a text field and, once there is nothing left in it, in the document. (On a Mac the page comes first.)
 */
export function buildMenu(actions: MenuActions): Menu {
  const command = (label: string, name: EventPayload<'command'>, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    accelerator,
    click: () => actions.command(name),
  });
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const isMac = process.platform === 'darwin';

  const file: MenuItemConstructorOptions[] = [
    command('New', 'new', 'CmdOrCtrl+N'),
    command('Open…', 'open', 'CmdOrCtrl+O'),
    separator,
    command('Save', 'save', 'CmdOrCtrl+S'),
    command('Save As…', 'save-as', 'CmdOrCtrl+Shift+S'),
    separator,
    { label: 'Open Results Folder', click: actions.openResultsFolder },
    ...(isMac ? [] : [command('Settings…', 'settings', 'CmdOrCtrl+,'), separator]),
    isMac ? { role: 'close' } : { role: 'quit' },
  ];
  const edit: MenuItemConstructorOptions[] = [
    command('Undo', 'undo', 'CmdOrCtrl+Z'),
    command('Redo', 'redo', 'CmdOrCtrl+Shift+Z'),
    separator,
    { role: 'cut' },
    { role: 'copy' },
    { role: 'paste' },
    { role: 'selectAll' },
    separator,
    command('Add Node…', 'add-node', 'CmdOrCtrl+K'),
  ];
  const run: MenuItemConstructorOptions[] = [
    command('Run', 'run', 'CmdOrCtrl+Enter'),
    command('Stop', 'stop'),
    separator,
    { label: 'Restart Engine', click: actions.restartEngine },
  ];
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    separator,
    { role: 'togglefullscreen' },
    ...(app.isPackaged ? [] : [separator, { role: 'reload' } as const, { role: 'toggleDevTools' } as const]),
  ];
  const application: MenuItemConstructorOptions[] = [
    { role: 'about' },
    separator,
    command('Settings…', 'settings', 'CmdOrCtrl+,'),
    separator,
    { role: 'hide' },
    { role: 'hideOthers' },
    separator,
    { role: 'quit' },
  ];
  return Menu.buildFromTemplate([
    ...(isMac ? [{ label: app.name, submenu: application }] : []),
    { label: 'File', submenu: file },
    { label: 'Edit', submenu: edit },
    { label: 'Run', submenu: run },
    { label: 'View', submenu: view },
    { role: 'help', submenu: [command('Recommended Settings', 'recommended-settings')] },
  ]);
}
