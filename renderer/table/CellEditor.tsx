import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { readCell } from '../../engine/contract/table-import.ts';
import { toast } from '../ui/toast.ts';
import type { GridColumn } from './columns.ts';
import { setDraft, useGrid } from './grid-store.ts';
import { focusGrid, moveFocus } from './move-focus.ts';
import { setCell } from './table-actions.ts';

interface CellEditorProps {
  column: GridColumn;
  row: number;
  at: number;
}

/** What is typed into a cell: Enter and Tab take it over and go on, Escape leaves the cell as it was. */
export function CellEditor({ column, row, at }: CellEditorProps) {
  const draft = useGrid((state) => state.draft) ?? '';
  const [isWrong, setWrong] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);

  useLayoutEffect(() => {
    const field = area.current;
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }, []);

  /** Takes the text over, or says why not. */
  function commit(): boolean {
    const read = readCell(column, draft);
    if (read.problem === null) {
      setCell(row, at, read.value);
      setDraft(null);
      return true;
    }
    setWrong(true);
    toast('warning', `${column.title} must be ${read.problem}`, { id: 'table' });
    return false;
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    event.stopPropagation();
    const { key, altKey, shiftKey, ctrlKey, metaKey } = event;
    if (key === 'Escape') {
      setDraft(null);
      focusGrid();
    } else if (key === 'Enter' && altKey) {
      event.preventDefault();
      const { selectionStart: start, selectionEnd: end } = event.currentTarget;
      setDraft(`${draft.slice(0, start)}\n${draft.slice(end)}`);
    } else if (key === 'Enter' || key === 'Tab') {
      event.preventDefault();
      if (ctrlKey || metaKey || !commit()) return;
      if (key === 'Enter') moveFocus(shiftKey ? -1 : 1, 0);
      else moveFocus(0, shiftKey ? -1 : 1, { wraps: true });
      focusGrid();
    }
  }

  return (
    <textarea
      ref={area}
      aria-label={`${column.title}, row ${row + 1}`}
      aria-invalid={isWrong || undefined}
      spellCheck={false}
      value={draft}
      rows={1}
      className="absolute top-0 left-0 z-10 field-sizing-content max-h-48 min-h-[30px] w-full min-w-24 resize-none bg-overlay px-2 py-[6px] text-left text-xs leading-[18px] shadow-overlay outline-2 -outline-offset-2 outline-focus aria-invalid:outline-danger"
      onChange={(event) => {
        setWrong(false);
        setDraft(event.target.value);
      }}
      onKeyDown={onKeyDown}
      onBlur={() => {
        // Clicking elsewhere takes over what fits; what does not is gone, and that was told.
        if (useGrid.getState().draft !== null && !commit()) setDraft(null);
      }}
    />
  );
}
