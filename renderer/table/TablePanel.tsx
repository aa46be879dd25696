import { ArrowDown, ArrowUp, CopyPlus, Download, Plus, RotateCw, Trash2, Upload, X } from 'lucide-react';
import { useMemo } from 'react';
import { retryRows } from '../api/queue-actions.ts';
import { formatCount } from '../format.ts';
import { titleOf } from '../graph/values.ts';
import { useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { useQueue } from '../stores/queue.ts';
import { countRows, useRowRuns } from '../stores/row-runs.ts';
import { Button } from '../ui/Button.tsx';
import { ContextMenu } from '../ui/ContextMenu.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { openTable } from './grid-store.ts';
import { rowEntries } from './row-entries.tsx';
import { TableGrid } from './TableGrid.tsx';
import {
  deleteRows,
  duplicateRows,
  exportTable,
  importTable,
  insertRow,
  moveRows,
  tableOfNode,
} from './table-actions.ts';

/** A table in a grid of its own, below the canvas, where it can be watched while it runs. */
export function TablePanel({ nodeId }: { nodeId: string }) {
  const nodes = useGraph((state) => state.nodes);
  const table = useMemo(() => tableOfNode(nodeId, nodes), [nodeId, nodes]);
  const node = nodes[nodeId];
  if (!table || !node) return null;
  const title = titleOf(node, describeNode(node.type));
  return (
    <section aria-label={title} className="flex h-full flex-col bg-surface">
      <header className="flex h-10 shrink-0 items-center gap-1 border-b border-line px-3">
        <h2 className="font-medium">{title}</h2>
        <RowCountWords nodeId={nodeId} rows={table.rows} />
        <span className="flex-1" />
        <RetryButton nodeId={nodeId} />
        <IconButton label="Insert a row" shortcut="Ctrl++" onClick={insertRow}>
          <Plus />
        </IconButton>
        <IconButton label="Duplicate the rows" shortcut="Ctrl+Alt+D" onClick={duplicateRows}>
          <CopyPlus />
        </IconButton>
        <IconButton label="Move the rows up" shortcut="Alt+↑" onClick={() => moveRows(-1)}>
          <ArrowUp />
        </IconButton>
        <IconButton label="Move the rows down" shortcut="Alt+↓" onClick={() => moveRows(1)}>
          <ArrowDown />
        </IconButton>
        <IconButton label="Delete the rows" shortcut="Ctrl+-" onClick={deleteRows}>
          <Trash2 />
        </IconButton>
        <span className="mx-1 h-4 w-px bg-line" />
        <IconButton label="Import CSV" onClick={() => void importTable(nodeId)}>
          <Upload />
        </IconButton>
        <IconButton label="Export CSV" onClick={() => void exportTable(nodeId, title)}>
          <Download />
        </IconButton>
        <span className="mx-1 h-4 w-px bg-line" />
        <IconButton label="Close the table" shortcut="Esc" onClick={() => openTable(null)}>
          <X />
        </IconButton>
      </header>
      <ContextMenu entries={rowEntries}>
        <div className="flex min-h-0 flex-1 flex-col">
          <TableGrid table={table} />
        </div>
      </ContextMenu>
    </section>
  );
}

function RowCountWords({
  nodeId,
  rows,
}: {
  nodeId: string;
  rows: NonNullable<ReturnType<typeof tableOfNode>>['rows'];
}) {
  const runs = useRowRuns();
  const counts = useMemo(() => countRows(rows, runs), [rows, runs]);
  const isHere = runs.nodeId === nodeId;
  const parts = [
    formatCount(rows.length, 'row'),
    ...(isHere && counts.done > 0 ? [`${counts.done} done`] : []),
    ...(isHere && counts.failed > 0 ? [`${counts.failed} failed`] : []),
  ];
  return <span className="ml-1 text-xs text-faint numeric">{parts.join(' · ')}</span>;
}

/** Of a run that is over: those of its rows again that are not done. */
function RetryButton({ nodeId }: { nodeId: string }) {
  const jobId = useRowRuns((state) => (state.nodeId === nodeId ? state.jobId : null));
  const job = useQueue(({ jobs }) => jobs.find(({ id }) => id === jobId));
  const isOver = job?.state === 'failed' || job?.state === 'cancelled';
  const left = job?.table ? job.table.rows - job.table.done : 0;
  if (!job || !isOver || left === 0) return null;
  return (
    <Button size="sm" onClick={() => void retryRows(job.id)}>
      <RotateCw />
      {job.table?.failed === left ? `Run ${formatCount(left, 'failed row')} again` : `Run the ${left} rows left`}
    </Button>
  );
}
