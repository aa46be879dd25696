import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where the command line keeps what it learns about this machine: `HEADROOM_STATE`, else where the system keeps the state of
 * programs (XDG Base Directory Specification on Linux).
 */
export function stateFolder(): string {
  const { HEADROOM_STATE, XDG_STATE_HOME, LOCALAPPDATA } = process.env;
  if (HEADROOM_STATE) return HEADROOM_STATE;
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Headroom');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Headroom');
  return join(XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'headroom');
}
