import type { AppApi } from '../electron/ipc/contract.ts';

declare global {
  interface Window {
    /** Exposed by the preload script: the window's only door to the rest of the app. */
    readonly app: AppApi;
  }
}
