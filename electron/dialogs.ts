import path from 'node:path';
import { type BrowserWindow, dialog, type FileFilter } from 'electron';
import type { ImageDialogs } from './image-files.ts';
import type { CallResults } from './ipc/contract.ts';
import type { TableDialogs } from './table-files.ts';
import type { FileDialogs } from './workflow-files.ts';

const WORKFLOW_FILTER = { name: 'Headroom workflow', extensions: ['json'] };
const TABLE_FILTER = { name: 'Tables (CSV)', extensions: ['csv', 'tsv', 'txt'] };
const IMAGE_FILTER = { name: 'Pictures', extensions: ['png', 'jpg', 'jpeg', 'webp'] };
const OPEN_FILTER = { name: 'Workflows, and pictures that hold one', extensions: ['json', 'png'] };

/** The system's own dialogs, over the window that is there now. */
export class Dialogs implements FileDialogs, TableDialogs, ImageDialogs {
  private readonly window: () => BrowserWindow | null;

  constructor(window: () => BrowserWindow | null) {
    this.window = window;
  }

  async chooseWorkflow(): Promise<string | null> {
    return await this.choose({ title: 'Open a workflow', properties: ['openFile'], filters: [OPEN_FILTER] });
  }

  async chooseFolder(title: string): Promise<string | null> {
    return await this.choose({ title, properties: ['openDirectory', 'createDirectory'] });
  }

  async chooseTable(): Promise<string | null> {
    return await this.choose({ title: 'Import a table', properties: ['openFile'], filters: [TABLE_FILTER] });
  }

  async chooseImage(): Promise<string | null> {
    return await this.choose({ title: 'Choose a picture', properties: ['openFile'], filters: [IMAGE_FILTER] });
  }

  async chooseTarget(suggestion: string): Promise<string | null> {
    return await this.chooseNew('Save the workflow', suggestion, WORKFLOW_FILTER, '.json');
  }

  async chooseTableTarget(suggestion: string): Promise<string | null> {
    return await this.chooseNew('Export the table', suggestion, { ...TABLE_FILTER, extensions: ['csv'] }, '.csv');
  }

  private async chooseNew(
    title: string,
    suggestion: string,
    filter: FileFilter,
    ending: string,
  ): Promise<string | null> {
    const options = { title, defaultPath: suggestion, filters: [filter] };
    const window = this.window();
    const { canceled, filePath } = await (window
      ? dialog.showSaveDialog(window, options)
      : dialog.showSaveDialog(options));
    if (canceled || !filePath) return null;
    // Not every system adds the ending of the chosen kind.
    return path.extname(filePath) ? filePath : filePath + ending;
  }

  async confirmDiscard(title: string): Promise<CallResults['window:confirm-discard']> {
    const answers = ['save', 'discard', 'cancel'] as const;
    const options: Electron.MessageBoxOptions = {
      type: 'warning',
      message: `Save the changes to “${title}”?`,
      detail: 'They are lost if you do not save them.',
      buttons: ['Save', 'Discard', 'Cancel'],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    };
    const window = this.window();
    const { response } = await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options));
    return answers[response] ?? 'cancel';
  }

  private async choose(options: Electron.OpenDialogOptions): Promise<string | null> {
    const window = this.window();
    const { canceled, filePaths } = await (window
      ? dialog.showOpenDialog(window, options)
      : dialog.showOpenDialog(options));
    return canceled ? null : (filePaths[0] ?? null);
  }
}
