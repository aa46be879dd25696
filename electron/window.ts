import { BrowserWindow, nativeTheme, type Session, screen } from 'electron';
import type { JsonFile } from './json-file.ts';
import { MIN_SIZE, openingPlace, type WindowPlace } from './window-bounds.ts';

/** The page's own ground (renderer/styles/tokens.css), so that nothing flashes before it is drawn. */
const BACKGROUND = { dark: '#0e0f11', light: '#f1f2f4' } as const;

export interface WindowOptions {
  preload: string;
  /** Where the page is. */
  url: string;
  place: JsonFile<WindowPlace>;
}

/**
 * Opens the window: a sandboxed page that can go nowhere else and open nothing. Settles when the page is loaded.
 *
 * @param onCreated is given the window before its page loads
 */
export async function openWindow(
  { preload, url, place }: WindowOptions,
  onCreated: (window: BrowserWindow) => void,
): Promise<void> {
  const { value: remembered } = await place.read();
  const screens = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map(({ workArea }) => workArea);
  const window = new BrowserWindow({
    ...openingPlace(remembered, screens),
    minWidth: MIN_SIZE.width,
    minHeight: MIN_SIZE.height,
    show: false,
    autoHideMenuBar: true,
    backgroundColor: BACKGROUND[nativeTheme.shouldUseDarkColors ? 'dark' : 'light'],
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false, spellcheck: false },
  });
  if (remembered?.maximised) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => {
    const bounds = window.getNormalBounds();
    place.write({ bounds, maximised: window.isMaximized() }).catch(() => {
      // The window opens in its default place next time.
    });
  });
  confine(window, url);
  onCreated(window);
  // A page that crashes as it loads is loaded again by whoever watches it.
  await window.loadURL(url).catch((error) => console.error(error));
}

/** No other page, no second window, no embedded content. */
function confine({ webContents }: BrowserWindow, url: string): void {
  webContents.on('will-frame-navigate', (event) => {
    // The page itself may be loaded again: the development server does so.
    if (!event.isMainFrame || event.url !== url) event.preventDefault();
  });
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** The page may put text on the clipboard when a person presses a button for it, and nothing else. */
export function refusePermissions(session: Session): void {
  const allowed = (permission: string) => permission === 'clipboard-sanitized-write';
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(allowed(permission)));
  session.setPermissionCheckHandler((_contents, permission) => allowed(permission));
  session.setDevicePermissionHandler(() => false);
}
