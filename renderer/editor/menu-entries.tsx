import {
  ClipboardPaste,
  Copy,
  CopyPlus,
  Maximize,
  Network,
  Pencil,
  Plus,
  Scissors,
  SquareDashedMousePointer,
  Trash2,
} from 'lucide-react';
import type { Point } from '../graph/document.ts';
import { lastCopied } from '../stores/clipboard.ts';
import { useGraph } from '../stores/graph.ts';
import { keys } from '../toolbar/keys.ts';
import type { MenuEntry } from '../ui/menu-items.tsx';
import type { Flow } from './fit-canvas.ts';
import { fitCanvas } from './fit-canvas.ts';
import { setAddMenu, setRenaming } from './interaction-store.ts';
import { arrangeNodes, deleteSelected, duplicateSelected, selectAll } from './node-actions.ts';
import { pasteText } from './use-canvas-clipboard.ts';

const separator: MenuEntry = { kind: 'separator' };

/** For one node, or for several that are selected. */
export function nodeEntries(nodeId: string | null, count: number): MenuEntry[] {
  const several = count > 1 ? ` ${count} nodes` : '';
  const own: MenuEntry[] = [
    {
      kind: 'item',
      label: 'Rename',
      icon: <Pencil />,
      shortcut: 'F2',
      onSelect: () => afterMenu(() => setRenaming(nodeId)),
    },
  ];
  const together: MenuEntry[] = [{ kind: 'item', label: 'Arrange', icon: <Network />, onSelect: arrangeNodes }];
  return [
    ...(count > 1 ? together : own),
    {
      kind: 'item',
      label: `Duplicate${several}`,
      icon: <CopyPlus />,
      shortcut: keys('Ctrl', 'D'),
      onSelect: duplicateSelected,
    },
    {
      kind: 'item',
      label: `Copy${several}`,
      icon: <Copy />,
      shortcut: keys('Ctrl', 'C'),
      onSelect: () => afterMenu(() => document.execCommand('copy')),
    },
    {
      kind: 'item',
      label: `Cut${several}`,
      icon: <Scissors />,
      shortcut: keys('Ctrl', 'X'),
      onSelect: () => afterMenu(() => document.execCommand('cut')),
    },
    separator,
    {
      kind: 'item',
      label: `Delete${several}`,
      icon: <Trash2 />,
      shortcut: 'Del',
      danger: true,
      onSelect: deleteSelected,
    },
  ];
}

export function edgeEntries(count: number): MenuEntry[] {
  const label = count > 1 ? `Delete ${count} connections` : 'Delete connection';
  return [{ kind: 'item', label, icon: <Trash2 />, shortcut: 'Del', danger: true, onSelect: deleteSelected }];
}

interface Place {
  screen: Point;
  canvas: Point;
}

export function canvasEntries(flow: Flow, { screen, canvas }: Place): MenuEntry[] {
  const text = lastCopied();
  const disabled = Object.keys(useGraph.getState().nodes).length === 0;
  return [
    {
      kind: 'item',
      label: 'Add node…',
      icon: <Plus />,
      shortcut: 'Tab',
      onSelect: () => afterMenu(() => setAddMenu({ screen, canvas, pending: null })),
    },
    {
      kind: 'item',
      label: 'Paste',
      icon: <ClipboardPaste />,
      shortcut: keys('Ctrl', 'V'),
      disabled: text === null,
      onSelect: () => text !== null && pasteText(text, canvas),
    },
    separator,
    {
      kind: 'item',
      label: 'Select all',
      icon: <SquareDashedMousePointer />,
      shortcut: keys('Ctrl', 'A'),
      disabled,
      onSelect: selectAll,
    },
    { kind: 'item', label: 'Arrange nodes', icon: <Network />, disabled, onSelect: arrangeNodes },
    { kind: 'item', label: 'Fit view', icon: <Maximize />, shortcut: 'F', disabled, onSelect: () => fitCanvas(flow) },
  ];
}

/** A menu gives the focus back when it has closed; what takes the focus, or looks at it, comes after that. */
function afterMenu(action: () => void): void {
  setTimeout(action);
}
