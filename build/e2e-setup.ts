import { electronRuntime } from './electron-runtime.mjs';
import { startVirtualDisplay } from './virtual-display.mjs';

/**
 * Gives the end-to-end tests what the app needs, through the environment that test processes inherit: an Electron
 * (`ELECTRON_OVERRIDE_DIST_PATH` is what the `electron` package reads) and a screen, an unseen one on Linux.
 */
export async function setup(): Promise<() => void> {
  delete process.env.ELECTRON_RUN_AS_NODE; // set in terminals inside Electron apps
  process.env.ELECTRON_OVERRIDE_DIST_PATH = await electronRuntime();
  // Always its own screen on Linux: on a desktop, windows of the tests would take the focus from the person.
  if (process.platform !== 'linux') return () => {};
  const { display, stop } = await startVirtualDisplay();
  process.env.DISPLAY = display;
  delete process.env.WAYLAND_DISPLAY;
  return stop;
}
