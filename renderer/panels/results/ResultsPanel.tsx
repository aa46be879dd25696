import { useVirtualizer } from '@tanstack/react-virtual';
import { FolderOpen, Images } from 'lucide-react';
import { useMemo, useRef } from 'react';
import { openResultsFolder } from '../../api/queue-actions.ts';
import { formatCount } from '../../format.ts';
import { picturesOf, type QueuePicture, useQueue } from '../../stores/queue.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { useElementSize } from '../../ui/use-element-size.ts';
import { PictureTile } from './PictureTile.tsx';

/** The least side of a tile: three in a row of the panel's usual width, beside a scroll bar. */
const TILE = 96;
const GAP = 8;
const PADDING = 12;

/** Every picture of this session's jobs, newest first. Only the rows in sight are in the page. */
export function ResultsPanel() {
  const jobs = useQueue((state) => state.jobs);
  const pictures = useMemo(() => picturesOf(jobs), [jobs]);
  if (pictures.length === 0) {
    return (
      <EmptyState icon={<Images />} title="No pictures yet">
        What your runs draw appears here, with the prompt and the settings that drew it.
      </EmptyState>
    );
  }
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-9 shrink-0 items-center justify-between border-b border-line pr-2 pl-3">
        <span className="text-xs text-soft numeric">{formatCount(pictures.length, 'picture')}</span>
        <IconButton size="sm" label="Open the results folder" onClick={() => void openResultsFolder()}>
          <FolderOpen />
        </IconButton>
      </header>
      <PictureGrid pictures={pictures} />
    </div>
  );
}

function PictureGrid({ pictures }: { pictures: readonly QueuePicture[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLUListElement>(null);
  const { width } = useElementSize(grid);
  const columns = Math.max(1, Math.floor((width + GAP) / (TILE + GAP)));
  const side = Math.floor((width - GAP * (columns - 1)) / columns);
  const rows = useVirtualizer({
    count: Math.ceil(pictures.length / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => Math.max(side, TILE) + GAP,
    // Another width gives other rows: their old heights must not be remembered.
    getItemKey: (row) => `${columns}:${side}:${row}`,
    paddingStart: PADDING,
    paddingEnd: PADDING - GAP,
    overscan: 3,
  });
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto">
      <ul ref={grid} aria-label="Pictures" className="relative mx-3" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().flatMap((row) =>
          pictures.slice(row.index * columns, (row.index + 1) * columns).map(({ image }, column) => (
            <li
              key={image.path}
              className="absolute top-0 left-0"
              style={{ width: side, height: side, transform: `translate(${column * (side + GAP)}px, ${row.start}px)` }}
            >
              <PictureTile image={image} />
            </li>
          )),
        )}
      </ul>
    </div>
  );
}
