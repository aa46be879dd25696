/** A page that did not answer for this long is hung or broken; the window closes without it. */
const PATIENCE_MS = 4_000;

/**
 * Decides what happens when the person closes the window: a page with unsaved changes is asked first, but never holds the
 * window open by being silent.
 */
export class CloseGuard {
  private readonly ask: () => void;
  private readonly close: () => void;
  private modified = false;
  private allowed = false;
  private timer: NodeJS.Timeout | null = null;
  private deciding = false;

  /**
   * @param ask sends `close-request` to the page
   * @param close closes the window
   */
  constructor(ask: () => void, close: () => void) {
    this.ask = ask;
    this.close = close;
  }

  /** What the page last said about its document; a page that is gone has none. */
  setModified(modified: boolean): void {
    this.modified = modified;
  }

  /** The window is about to close. Answers whether it may; if not, the page is asked. */
  request(): boolean {
    if (this.allowed || !this.modified) return true;
    if (!this.timer && !this.deciding) {
      this.ask();
      this.timer = setTimeout(() => this.allow(), PATIENCE_MS);
    }
    return false;
  }

  /** The page is alive and has the person decide: wait as long as they need. */
  async decide<T>(decision: Promise<T>): Promise<T> {
    this.stopWaiting();
    this.deciding = true;
    try {
      return await decision;
    } finally {
      this.deciding = false;
    }
  }

  /** The page has nothing to keep, or the page is gone: close. */
  allow(): void {
    this.stopWaiting();
    this.allowed = true;
    this.close();
  }

  private stopWaiting(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
