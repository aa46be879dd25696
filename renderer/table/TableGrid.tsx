// biome-ignore-all lint/a11y/useSemanticElements: lines and cells are placed by hand, since only those in sight are there
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names the active cell
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ClipboardEvent, type PointerEvent, useEffect, useMemo, useRef } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { documentOf, useGraph } from '../stores/graph.ts';
import { cn } from '../ui/cn.ts';
import { gridColumns, gridTracks } from './columns.ts';
import { editCell, onGridKey } from './grid-keys.ts';
import { blockOf, selectCell, useGrid } from './grid-store.ts';
import { focusGrid, selectRow } from './move-focus.ts';
import { ROW_HEIGHT, TableRowView } from './TableRowView.tsx';
import { clearCells, copiedText, type NodeTable, pasteText } from './table-actions.ts';

const HEADER_HEIGHT = 28;

/** The cells of a table, of which only those in sight are drawn, and how each row went. */
export function TableGrid({ table }: { table: NodeTable }) {
  const { nodeId, field, rows } = table;
  const document = useGraph(useShallow(documentOf));
  const columns = useMemo(() => gridColumns(nodeId, field.columns, document), [nodeId, field, document]);
  const tracks = useMemo(() => gridTracks(field.columns), [field]);
  const { focus, anchor, isEditing } = useGrid(
    useShallow((state) => ({ focus: state.focus, anchor: state.anchor, isEditing: state.draft !== null })),
  );
  const block = blockOf({ focus, anchor });
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useVirtualizer({
    // One more than there are rows: what is typed there adds one.
    count: rows.length + 1,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    scrollPaddingStart: HEADER_HEIGHT,
    overscan: 12,
  });

  useEffect(() => lines.scrollToIndex(focus.row), [lines, focus.row]);
  useEffect(focusGrid, []);

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label="Table"
      aria-rowcount={rows.length + 2}
      aria-multiselectable
      aria-activedescendant={`cell-${focus.row}-${focus.column}`}
      data-table-grid
      tabIndex={0}
      className="min-h-0 flex-1 overflow-auto outline-none"
      onKeyDown={onGridKey}
      onCopy={(event) => onCopy(event)}
      onCut={(event) => onCopy(event) && clearCells()}
      onPaste={onPaste}
      {...pointing}
    >
      <div className="relative min-w-[920px]" style={{ height: lines.getTotalSize() + HEADER_HEIGHT }}>
        <div
          role="row"
          className="sticky top-0 z-20 grid border-b border-line-strong bg-raised text-2xs font-medium text-soft"
          style={{ gridTemplateColumns: tracks, height: HEADER_HEIGHT }}
        >
          <span role="columnheader" aria-label="Row" />
          {columns.map(({ name, title, type, isConnected }) => (
            <span
              key={name}
              role="columnheader"
              title={isConnected ? title : `${title} is not connected: its cells have no effect`}
              className={cn(
                'flex min-w-0 items-center border-l border-line px-2',
                type !== 'text' && 'justify-end',
                !isConnected && 'text-faint line-through decoration-faint/50',
              )}
            >
              <span className="truncate">{title}</span>
            </span>
          ))}
          {['Time', 'Memory', 'Result'].map((title) => (
            <span
              key={title}
              role="columnheader"
              className={cn('flex items-center border-l border-line px-2', title !== 'Result' && 'justify-end')}
            >
              {title}
            </span>
          ))}
        </div>
        {lines.getVirtualItems().map(({ index, start }) => {
          const isSelected = index >= block.top && index <= block.bottom;
          const isFocused = index === focus.row;
          return (
            <TableRowView
              key={index}
              row={rows[index]}
              index={index}
              top={start}
              columns={columns}
              tracks={tracks}
              left={isSelected ? block.left : null}
              right={isSelected ? block.right : null}
              focus={isFocused ? focus.column : null}
              isEditing={isFocused && isEditing}
            />
          );
        })}
      </div>
    </div>
  );
}

function onCopy(event: ClipboardEvent): boolean {
  if (useGrid.getState().draft !== null) return false;
  event.clipboardData.setData('text/plain', copiedText());
  event.preventDefault();
  event.stopPropagation();
  return true;
}

function onPaste(event: ClipboardEvent): void {
  if (useGrid.getState().draft !== null) return;
  event.preventDefault();
  event.stopPropagation();
  pasteText(event.clipboardData.getData('text/plain'));
}

/** Clicking and dragging over cells and row numbers, heard by the grid for all of them. */
const pointing = {
  onPointerDown(event: PointerEvent<HTMLElement>) {
    const place = placeOf(event.target);
    if (!place || event.target instanceof HTMLTextAreaElement) return;
    // The menu key acts on what is selected.
    if (event.button !== 0 && isInSelection(place.row)) return;
    if (place.column === null) selectRow(place.row, event.shiftKey);
    else selectCell({ row: place.row, column: place.column }, event.shiftKey ? useGrid.getState().anchor : undefined);
  },
  onPointerMove(event: PointerEvent<HTMLElement>) {
    if (event.buttons !== 1 || useGrid.getState().draft !== null) return;
    const place = placeOf(event.target);
    if (!place) return;
    if (place.column === null) selectRow(place.row, true);
    else selectCell({ row: place.row, column: place.column }, useGrid.getState().anchor);
  },
  onDoubleClick({ target }: { target: EventTarget }) {
    if (placeOf(target)?.column !== null && !(target instanceof HTMLTextAreaElement)) editCell();
  },
};

function placeOf(target: EventTarget): { row: number; column: number | null } | null {
  if (!(target instanceof Element)) return null;
  const row = target.closest('[data-row]')?.getAttribute('data-row');
  if (row === null || row === undefined) return null;
  if (target.closest('[data-row-header]')) return { row: Number(row), column: null };
  const column = target.closest('[data-column]')?.getAttribute('data-column');
  return column === null || column === undefined ? null : { row: Number(row), column: Number(column) };
}

function isInSelection(row: number): boolean {
  const { top, bottom } = blockOf(useGrid.getState());
  return row >= top && row <= bottom;
}
