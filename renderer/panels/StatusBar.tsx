import { formatBytes, formatCount } from '../format.ts';
import { useMonitor } from '../stores/monitor.ts';
import { openJobs, runningJob, useQueue } from '../stores/queue.ts';
import { useRunSummary } from '../stores/run.ts';
import { showSidePanel } from '../stores/ui.ts';
import { Elapsed } from '../ui/Elapsed.tsx';
import { Progress } from '../ui/Progress.tsx';
import { memoryKind, usage } from './memory/holdings.ts';
import { useNodeTitle } from './use-node-title.ts';

/** One line at the bottom: the running job on the left, the memory on the right. */
export function StatusBar() {
  return (
    <footer className="flex h-7 shrink-0 items-center gap-3 border-t border-line bg-surface pr-1 pl-3 text-xs text-soft">
      <RunningJob />
      <div className="flex-1" />
      <MemoryGauge />
    </footer>
  );
}

function RunningJob() {
  const job = useQueue((state) => runningJob(state.jobs));
  const waiting = useQueue((state) => openJobs(state.jobs));
  const run = useRunSummary();
  if (!job) {
    return (
      <span className="text-faint">
        {waiting > 0 ? `${formatCount(waiting, 'job')} waiting` : 'Nothing is running'}
      </span>
    );
  }
  const known = run.jobId === job.id;
  return (
    <div className="flex min-w-0 items-center gap-2">
      <Progress label="Progress of the running job" fraction={known ? run.fraction : null} className="w-32 shrink-0" />
      <span className="min-w-0 truncate numeric">
        {known && run.isOwn && run.nodeId !== null ? (
          <CurrentNode nodeId={run.nodeId} detail={run.detail} />
        ) : (
          withDetail(job.name, known ? run.detail : null)
        )}
      </span>
      {job.startedAt !== null && <Elapsed since={job.startedAt} />}
      {waiting > 1 && <span className="shrink-0 text-faint">{formatCount(waiting - 1, 'more job')}</span>}
    </div>
  );
}

function CurrentNode({ nodeId, detail }: { nodeId: string; detail: string | null }) {
  const title = useNodeTitle(nodeId);
  return withDetail(title, detail);
}

function withDetail(title: string, detail: string | null): string {
  return detail === null ? title : `${title}: ${detail}`;
}

/** How full the card, or without one the computer, is. It opens the panel that says more. */
function MemoryGauge() {
  const latest = useMonitor((state) => state.figures);
  if (!latest) return null;
  const { usedBytes, totalBytes } = usage(latest);
  const share = totalBytes > 0 ? usedBytes / totalBytes : 0;
  return (
    <button
      type="button"
      aria-label="Show the memory panel"
      className="flex h-5 shrink-0 items-center gap-2 rounded px-2 hover:bg-hover hover:text-text"
      onClick={() => showSidePanel('memory')}
    >
      <span className="text-faint">{memoryKind(latest) === 'gpu' ? 'VRAM' : 'RAM'}</span>
      <span aria-hidden className="h-1.5 w-20 overflow-hidden rounded-full bg-line-strong">
        <span
          className={`block h-full rounded-full ${fullness(share)}`}
          style={{ width: `${Math.min(100, share * 100)}%` }}
        />
      </span>
      <span className="numeric">
        {formatBytes(usedBytes)} of {formatBytes(totalBytes)}
      </span>
    </button>
  );
}

function fullness(share: number): string {
  if (share > 0.95) return 'bg-danger';
  return share > 0.85 ? 'bg-warning' : 'bg-accent';
}
