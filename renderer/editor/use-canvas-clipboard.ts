import { useReactFlow } from '@xyflow/react';
import { type RefObject, useEffect } from 'react';
import { messageOf } from '../api/client.ts';
import type { Point } from '../graph/document.ts';
import { fragmentFrom, fragmentText, rememberCopied } from '../stores/clipboard.ts';
import { toast } from '../ui/toast.ts';
import { deleteSelected, pasteFragment, selectedFragment } from './node-actions.ts';
import { keysBelongTo } from './typing.ts';

/** Copies, cuts and pastes nodes with the system's own clipboard events, wherever they come from: keys or the app's menu. */
export function useCanvasClipboard(pointer: RefObject<Point | null>): void {
  const flow = useReactFlow();

  useEffect(() => {
    function copy(event: ClipboardEvent): boolean {
      // Text that is marked somewhere, in a log or a message, is what the person wants.
      if (keysBelongTo(event.target) || !document.getSelection()?.isCollapsed) return false;
      const fragment = selectedFragment();
      if (Object.keys(fragment.nodes).length === 0) return false;
      const text = fragmentText(fragment);
      rememberCopied(text);
      event.clipboardData?.setData('text/plain', text);
      event.preventDefault();
      return true;
    }
    function cut(event: ClipboardEvent) {
      if (copy(event)) deleteSelected();
    }
    function paste(event: ClipboardEvent) {
      if (keysBelongTo(event.target)) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (text.trim() === '') return;
      event.preventDefault();
      pasteText(text, pointer.current && flow.screenToFlowPosition(pointer.current));
    }

    document.addEventListener('copy', copy);
    document.addEventListener('cut', cut);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('copy', copy);
      document.removeEventListener('cut', cut);
      document.removeEventListener('paste', paste);
    };
  }, [flow, pointer]);
}

/** Pastes nodes from text, and says so where it holds none. */
export function pasteText(text: string, at: Point | null): void {
  try {
    pasteFragment(fragmentFrom(text), at);
  } catch (thrown) {
    toast('warning', 'There are no nodes on the clipboard', { id: 'paste', detail: messageOf(thrown) });
  }
}
