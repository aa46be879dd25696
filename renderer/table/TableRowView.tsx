// biome-ignore-all lint/a11y/useSemanticElements: lines and cells are placed by hand, since only those in sight are there
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names the active cell
import { memo } from 'react';
import type { TableRow } from '../../engine/contract/table.ts';
import { cn } from '../ui/cn.ts';
import { CellEditor } from './CellEditor.tsx';
import type { GridColumn } from './columns.ts';
import { RowCost, RowNumber, RowPictures } from './RowRun.tsx';

interface TableRowViewProps {
  row: TableRow | undefined;
  index: number;
  top: number;
  columns: readonly GridColumn[];
  tracks: string;
  /** First and last selected column, or null. */
  left: number | null;
  right: number | null;
  /** The column of the cell that keys act on, if it is in this row. */
  focus: number | null;
  isEditing: boolean;
}

export const ROW_HEIGHT = 30;

/** One line of the grid. Memoised: moving about renders the lines that change. */
export const TableRowView = memo(function TableRowView(props: TableRowViewProps) {
  const { row, index, top, columns, tracks, left, right, focus, isEditing } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-row={index}
      className={cn('absolute inset-x-0 grid border-b border-line hover:bg-hover', isEditing && 'z-10')}
      style={{ gridTemplateColumns: tracks, height: ROW_HEIGHT, transform: `translateY(${top}px)` }}
    >
      <RowNumber row={row} index={index} isSelected={left !== null} />
      {columns.map((column, at) => {
        const cell = row?.[column.name];
        const isActive = focus === at;
        const problem = cell === undefined ? null : column.problem(cell);
        return (
          <div
            key={column.name}
            role="gridcell"
            id={`cell-${index}-${at}`}
            aria-label={`${column.title}, row ${index + 1}`}
            aria-selected={left !== null && right !== null && at >= left && at <= right}
            aria-invalid={problem !== null || undefined}
            data-column={at}
            title={problem !== null ? `Must be ${problem}` : column.type === 'text' ? cell?.toString() : undefined}
            className={cn(
              'relative flex min-w-0 items-center border-l border-line px-2 text-xs',
              column.type !== 'text' && 'justify-end numeric',
              'aria-selected:bg-accent-soft aria-invalid:text-danger',
              isActive && 'outline-2 -outline-offset-2 outline-focus',
            )}
          >
            {isActive && isEditing ? (
              <CellEditor column={column} row={index} at={at} />
            ) : (
              <span className={cn('truncate', cell === undefined && 'text-faint/60 italic')}>
                {cell === undefined ? row && column.isConnected && column.fallback : oneLine(cell)}
              </span>
            )}
          </div>
        );
      })}
      <RowCost row={row} />
      <RowPictures row={row} />
    </div>
  );
});

function oneLine(cell: string | number): string {
  return String(cell).replaceAll(/\s*\n\s*/g, ' ↵ ');
}
