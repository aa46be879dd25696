import type { BrowserWindow, WebContents } from 'electron';
import { CloseGuard } from './close-guard.ts';
import type { CallParameter } from './ipc/contract.ts';
import type { Notices, SendEvent } from './ipc/window-events.ts';
import { openWindow, type WindowOptions } from './window.ts';

/** A page that crashes more often than this in a minute would only crash again. */
const MAX_CRASHES = 3;
const CRASH_WINDOW_MS = 60_000;

/** The one window: what it shows, how it closes, and how it comes back when its page crashes. */
export class MainWindow {
  /** The file that the page edits; it is opened again if the page has to be loaded again. */
  documentPath: string | null = null;
  private readonly options: WindowOptions;
  private readonly send: SendEvent;
  private readonly notices: Notices;
  private readonly guard: CloseGuard;
  private window: BrowserWindow | null = null;
  private crashes: number[] = [];

  constructor(options: WindowOptions, send: SendEvent, notices: Notices) {
    this.options = options;
    this.send = send;
    this.notices = notices;
    this.guard = new CloseGuard(
      () => send('close-request', null),
      () => this.window?.close(),
    );
  }

  get current(): BrowserWindow | null {
    return this.window;
  }

  get contents(): WebContents | null {
    return this.window?.webContents ?? null;
  }

  async open(): Promise<void> {
    await openWindow(this.options, (window) => {
      this.window = window;
      window.on('close', (event) => {
        if (!this.guard.request()) event.preventDefault();
      });
      window.on('closed', () => {
        this.window = null;
      });
      window.webContents.on('render-process-gone', (_event, { reason }) => {
        if (reason !== 'clean-exit') this.recover(reason);
      });
    });
  }

  /** Brings the window to the front; with a document, the page is asked to open it. */
  show(documentPath: string | null): void {
    if (this.window?.isMinimized()) this.window.restore();
    this.window?.focus();
    if (documentPath) this.send('open-request', { path: documentPath });
  }

  setDocument({ title, path, modified }: CallParameter<'window:document'>): void {
    this.documentPath = path;
    this.guard.setModified(modified);
    this.window?.setTitle(`${modified ? '• ' : ''}${title} – Headroom`);
    this.window?.setRepresentedFilename(path ?? '');
    this.window?.setDocumentEdited(modified);
  }

  decide<T>(decision: Promise<T>): Promise<T> {
    return this.guard.decide(decision);
  }

  close(): void {
    this.guard.allow();
  }

  private recover(reason: string): void {
    // What was not saved waits in the page's own storage; it will say so when it is back.
    this.guard.setModified(false);
    this.notices.hold();
    const now = Date.now();
    this.crashes = [...this.crashes.filter((time) => now - time < CRASH_WINDOW_MS), now];
    if (this.crashes.length > MAX_CRASHES) {
      this.guard.allow();
      return;
    }
    const why = reason === 'oom' ? 'ran out of memory' : 'crashed';
    this.notices.tell('warning', `The window ${why} and was loaded again. Runs went on meanwhile.`);
    // Not inside the event: Electron is still taking the old page apart.
    setImmediate(() => this.window?.webContents.reload());
  }
}
