import { Check, CircleAlert, CircleSlash, Clock, DatabaseZap, LoaderCircle } from 'lucide-react';
import type { ComponentType } from 'react';
import { formatSeconds } from '../format.ts';
import { type NodeRun, useNodeRun } from '../stores/run.ts';
import { cn } from '../ui/cn.ts';

interface Look {
  icon: ComponentType<{ className?: string }>;
  words: string;
  className: string;
}

/** Below this, in seconds, a duration would read "0.0 s". */
const WORTH_TELLING = 0.05;

const looks: Record<NodeRun['state'], Look> = {
  waiting: { icon: Clock, words: 'Waits for its turn', className: 'text-faint' },
  running: { icon: LoaderCircle, words: 'Works', className: 'text-accent-text [&_svg]:animate-spin' },
  done: { icon: Check, words: 'Done', className: 'text-success' },
  cached: { icon: DatabaseZap, words: 'Unchanged: the last result was used again', className: 'text-success' },
  failed: { icon: CircleAlert, words: 'Failed', className: 'text-danger' },
  cancelled: { icon: CircleSlash, words: 'Stopped', className: 'text-faint' },
};

/** What the latest run did at a node: a sign, and beside it the step or how long it took. */
export function NodeState({ nodeId }: { nodeId: string }) {
  const run = useNodeRun(nodeId);
  if (!run) return null;
  const { icon: Icon, words, className } = looks[run.state];
  return (
    <span className={cn('flex min-w-4 items-center gap-1 text-2xs numeric', className)} title={words}>
      <span className="truncate text-soft">{remark(run)}</span>
      <Icon className="size-3.5 shrink-0" />
      <span className="sr-only">{words}</span>
    </span>
  );
}

function remark({ state, detail, seconds }: NodeRun): string | null {
  if (state === 'running') return detail;
  if (state === 'cached') return 'cached';
  return state === 'done' && seconds !== null && seconds >= WORTH_TELLING ? formatSeconds(seconds) : null;
}
