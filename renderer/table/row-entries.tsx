import { ArrowDownToLine, CopyPlus, Eraser, Plus, Trash2 } from 'lucide-react';
import type { MenuEntry } from '../ui/menu-items.tsx';
import { clearCells, deleteRows, duplicateRows, fillDown, insertRow } from './table-actions.ts';

/** The menu of the selected cells and their rows. */
export const rowEntries: readonly MenuEntry[] = [
  { kind: 'item', label: 'Insert a row above', icon: <Plus />, shortcut: 'Ctrl++', onSelect: insertRow },
  { kind: 'item', label: 'Duplicate rows', icon: <CopyPlus />, shortcut: 'Ctrl+Alt+D', onSelect: duplicateRows },
  { kind: 'item', label: 'Delete rows', icon: <Trash2 />, shortcut: 'Ctrl+-', onSelect: deleteRows },
  { kind: 'separator' },
  { kind: 'item', label: 'Fill down', icon: <ArrowDownToLine />, shortcut: 'Ctrl+D', onSelect: fillDown },
  { kind: 'item', label: 'Clear cells', icon: <Eraser />, shortcut: 'Del', onSelect: clearCells },
];
