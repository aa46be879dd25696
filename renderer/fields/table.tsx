import { Table2 } from 'lucide-react';
import { useMemo } from 'react';
import type { Table } from '../../engine/contract/table.ts';
import { formatCount } from '../format.ts';
import { countRows, useRowRuns } from '../stores/row-runs.ts';
import { openTable, useGrid } from '../table/grid-store.ts';
import { Button } from '../ui/Button.tsx';
import type { FieldProps } from './field-props.ts';

/** How much is in a table and how far its run is; it is edited in a grid of its own. */
export function TableField({ element, nodeId, value }: FieldProps<'table'>) {
  const rows: Table = Array.isArray(value) ? value : [];
  const isOpen = useGrid((state) => state.nodeId === nodeId);
  return (
    <div className="flex min-w-0 flex-col gap-1 py-1">
      <Button {...element} size="sm" aria-pressed={isOpen} onClick={() => openTable(isOpen ? null : nodeId)}>
        <Table2 />
        {rows.length === 0 ? 'Fill in' : formatCount(rows.length, 'row')}
      </Button>
      <RowStrip nodeId={nodeId} rows={rows} />
    </div>
  );
}

/** The rows of the latest run as a strip: done, failed, at work, to come. */
function RowStrip({ nodeId, rows }: { nodeId: string; rows: Table }) {
  const runs = useRowRuns();
  const { done, failed, running } = useMemo(() => countRows(rows, runs), [rows, runs]);
  if (runs.nodeId !== nodeId || done + failed + running === 0) return null;
  const words = `${done} of ${formatCount(rows.length, 'row')} done${failed > 0 ? `, ${failed} failed` : ''}`;
  const share = (count: number) => ({ width: `${(100 * count) / rows.length}%` });
  return (
    <div
      role="img"
      aria-label={words}
      title={words}
      className="flex h-1 overflow-hidden rounded-full bg-line-strong *:h-full"
    >
      <div className="bg-success" style={share(done)} />
      <div className="bg-danger" style={share(failed)} />
      <div className="animate-pulse bg-accent" style={share(running)} />
    </div>
  );
}
