import { useEffect } from 'react';
import { type CommandName, runCommand } from '../commands.ts';
import { isTextField } from '../editor/typing.ts';

type PlainCommand = Exclude<CommandName, 'show-node' | 'open-file'>;

/** Keys that act wherever the focus is. The app's menu has most of them too; it gets those that the page leaves alone. */
const keys: Record<string, PlainCommand> = {
  n: 'new',
  o: 'open',
  s: 'save',
  'Shift+s': 'save-as',
  z: 'undo',
  'Shift+z': 'redo',
  y: 'redo',
  k: 'add-node',
  Enter: 'run',
};

/** In a text field these go through the field's own history. */
const HISTORY = new Set<PlainCommand>(['undo', 'redo']);

export function useDocumentKeys(): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
      if (event.defaultPrevented || altKey || !(ctrlKey || metaKey)) return;
      const name = key.length === 1 ? key.toLowerCase() : key;
      const command = keys[shiftKey ? `Shift+${name}` : name];
      if (!command || (HISTORY.has(command) && isTextField(target))) return;
      // Behind a dialog the window rests.
      if (target instanceof Element && target.closest('[role="dialog"]')) return;
      event.preventDefault();
      void runCommand(command);
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
