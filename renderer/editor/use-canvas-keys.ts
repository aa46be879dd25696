import { useReactFlow } from '@xyflow/react';
import { type RefObject, useEffect } from 'react';
import { runCommand } from '../commands.ts';
import { selection } from './canvas-store.ts';
import { fitCanvas } from './fit-canvas.ts';
import { setRenaming } from './interaction-store.ts';
import { deleteSelected, duplicateSelected, selectAll } from './node-actions.ts';
import { keysBelongTo } from './typing.ts';

/** The canvas's own keys. Those of the document, which act everywhere, are in `document/use-document-keys.ts`. */
export function useCanvasKeys(pane: RefObject<HTMLElement | null>): void {
  const flow = useReactFlow();

  useEffect(() => {
    function renameSelected() {
      const [first] = selection().nodes;
      if (first !== undefined) setRenaming(first);
    }

    const keys: Record<string, () => unknown> = {
      Delete: deleteSelected,
      Backspace: deleteSelected,
      F2: renameSelected,
      f: () => fitCanvas(flow),
      'Ctrl+d': duplicateSelected,
      'Ctrl+a': selectAll,
    };

    function onKeyDown(event: KeyboardEvent) {
      if (event.defaultPrevented || keysBelongTo(event.target)) return;
      if (!isAtCanvas(event.target, pane.current)) return;
      // Tab walks through the fields once the focus is in one of them; on the bare canvas there is nothing to walk from.
      const isBare = event.target instanceof Element && !event.target.closest('[data-node-id], button');
      const action =
        event.key === 'Tab' && !event.shiftKey && isBare ? () => runCommand('add-node') : keys[nameOf(event)];
      if (!action) return;
      event.preventDefault();
      action();
    }

    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [flow, pane]);
}

/** After a press of Run the focus is in the window's header; the person still looks at the canvas. */
function isAtCanvas(target: EventTarget | null, pane: HTMLElement | null): boolean {
  if (!(target instanceof Element)) return false;
  return target === document.body || Boolean(pane?.contains(target)) || target.closest('header') !== null;
}

/** "Ctrl+d" for the control or the command key; plain keys by their name. */
function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): string {
  const modifiers = `${ctrlKey || metaKey ? 'Ctrl+' : ''}${altKey ? 'Alt+' : ''}${shiftKey ? 'Shift+' : ''}`;
  return modifiers + key;
}
