import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { LogLine } from '../../../engine/contract/protocol.ts';
import { formatTime } from '../../format.ts';
import { cn } from '../../ui/cn.ts';

interface LogLinesProps {
  lines: readonly LogLine[];
  /** Whether the newest line is kept in view. */
  follow: boolean;
  /** Scrolling up lets go of the end; scrolling back to it takes hold again. */
  onFollow: (follow: boolean) => void;
}

const ROW = 18;
const NEAR_END = 24;

export function LogLines({ lines, follow, onFollow }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 20,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: it scrolls because there are new lines
  useEffect(() => {
    if (follow) rows.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [lines, follow]);

  return (
    <div
      ref={scroller}
      role="log"
      aria-label="Engine log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable with the keyboard
      tabIndex={0}
      className="h-full overflow-auto py-1 font-mono text-2xs -outline-offset-2 selectable"
      onWheel={(event) => event.deltaY < 0 && onFollow(false)}
      onScroll={({ currentTarget: view }) => {
        if (view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_END) onFollow(true);
      }}
    >
      <div className="relative w-full" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const line = lines[row.index];
          if (!line) return null;
          return (
            <div
              key={row.key}
              ref={rows.measureElement}
              data-index={row.index}
              className="absolute inset-x-0 flex gap-2 px-3 leading-[18px] hover:bg-hover"
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <span className="shrink-0 text-faint">{formatTime(line.time)}</span>
              <span className={cn('min-w-0 wrap-anywhere whitespace-pre-wrap', tones[line.level])}>{line.message}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

const tones: Record<LogLine['level'], string> = {
  debug: 'text-faint',
  info: 'text-soft',
  warning: 'text-warning',
  error: 'text-danger',
};

/** A line as it is copied. */
export function logText(line: LogLine): string {
  return `${formatTime(line.time)} ${line.level.padEnd(7)} ${line.message}`;
}
