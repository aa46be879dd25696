// biome-ignore-all lint/a11y/useSemanticElements: lines and cells are placed by hand, since only those in sight are there
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names the active cell
import { Check, LoaderCircle, Minus, TriangleAlert } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import type { RowResult } from '../../engine/contract/events.ts';
import type { TableRow } from '../../engine/contract/table.ts';
import { firstLine, formatBytes, formatSeconds } from '../format.ts';
import { useQueue } from '../stores/queue.ts';
import { useRowResult, useRowRuns } from '../stores/row-runs.ts';
import { viewPicture } from '../stores/ui.ts';
import { cn } from '../ui/cn.ts';

/** A row's number, and how it went. */
export function RowNumber({
  row,
  index,
  isSelected,
}: {
  row: TableRow | undefined;
  index: number;
  isSelected: boolean;
}) {
  const result = useRowResult(row);
  const words = result && `Row ${index + 1}: ${stateWords(result)}`;
  return (
    <div
      role="rowheader"
      aria-label={words ?? `Row ${index + 1}`}
      title={words}
      data-row-header
      className={cn(
        'flex items-center justify-between gap-1 pr-1.5 pl-2 text-2xs text-faint numeric',
        isSelected && 'bg-accent-soft text-text',
      )}
    >
      <span>{row ? index + 1 : '+'}</span>
      <span className="[&_svg]:size-3.5">{result && icons[result.state]}</span>
    </div>
  );
}

const icons: Record<RowResult['state'], React.ReactNode> = {
  running: <LoaderCircle className="animate-spin text-accent-text" aria-hidden />,
  done: <Check className="text-success" aria-hidden />,
  failed: <TriangleAlert className="text-danger" aria-hidden />,
  skipped: <Minus className="text-faint" aria-hidden />,
};

function stateWords({ state, error }: RowResult): string {
  switch (state) {
    case 'running':
      return 'running';
    case 'done':
      return 'done';
    case 'failed':
      return `failed: ${error?.message ?? 'no reason was given'}`;
    case 'skipped':
      return 'empty, left out';
  }
}

/** How long a row took and the most memory it needed; of one that failed, why. */
export function RowCost({ row }: { row: TableRow | undefined }) {
  const result = useRowResult(row);
  const cell = 'flex min-w-0 items-center justify-end border-l border-line px-2 text-xs text-soft numeric';
  if (result?.state === 'failed') {
    const reason = result.error?.message ?? 'Failed';
    return (
      <div
        className="col-span-2 flex min-w-0 items-center border-l border-line px-2 text-xs text-danger"
        title={reason}
      >
        <span className="truncate selectable">{firstLine(reason)}</span>
      </div>
    );
  }
  const isDone = result?.state === 'done';
  return (
    <>
      <div className={cell}>{isDone && formatSeconds(result.seconds)}</div>
      <div className={cell}>{isDone && result.peakBytes !== null && formatBytes(result.peakBytes)}</div>
    </>
  );
}

const SHOWN = 2;

/** What a row came to. */
export function RowPictures({ row }: { row: TableRow | undefined }) {
  const paths = useRowResult(row)?.images;
  const jobId = useRowRuns((state) => state.jobId);
  const shown = paths?.slice(0, SHOWN) ?? [];
  const urls = useQueue(
    useShallow(({ jobs }) => {
      if (shown.length === 0) return [];
      const images = jobs.find(({ id }) => id === jobId)?.images ?? [];
      return shown.map((path) => images.find((image) => image.path === path)?.url);
    }),
  );
  const more = (paths?.length ?? 0) - shown.length;
  return (
    <div className="flex items-center gap-1 border-l border-line px-1.5">
      {shown.map((path, index) => (
        <button
          key={path}
          type="button"
          tabIndex={-1}
          aria-label={`View picture ${index + 1} of this row`}
          className="size-6 shrink-0 overflow-hidden rounded-sm bg-canvas"
          onClick={() => viewPicture(path)}
        >
          {urls[index] !== undefined && (
            <img src={urls[index]} alt="" loading="lazy" draggable={false} className="size-full object-cover" />
          )}
        </button>
      ))}
      {more > 0 && <span className="text-2xs text-faint numeric">+{more}</span>}
    </div>
  );
}
