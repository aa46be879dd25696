import { commandBlock, registerCommand, runCommand } from '../commands.ts';
import { familyInUse } from '../recommended/family-in-use.ts';
import { setSettingsOpen, showRecommended } from '../stores/ui.ts';
import { toast } from '../ui/toast.ts';
import { listen } from './client.ts';
import { clearCache, restartEngine } from './engine-actions.ts';
import { stopRunningJob } from './queue-actions.ts';

/** The shell's own commands, and main's menu, which sends names of commands. */
export function connectCommands(): () => void {
  const stops = [
    registerCommand('stop', stopRunningJob),
    registerCommand('settings', () => setSettingsOpen(true)),
    registerCommand('recommended-settings', () => showRecommended(familyInUse())),
    registerCommand('clear-cache', clearCache),
    registerCommand('restart-engine', restartEngine),
    listen('command', (name) => {
      const block = commandBlock(name);
      // A menu item has no tooltip that could say why nothing happens.
      if (block !== null && name === 'run') toast('warning', 'This cannot run yet', { id: 'blocked', detail: block });
      else void runCommand(name);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
