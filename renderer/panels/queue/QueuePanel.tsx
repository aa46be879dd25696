import { ListChecks } from 'lucide-react';
import { clearFinishedJobs } from '../../api/queue-actions.ts';
import { formatCount } from '../../format.ts';
import { openJobs, queueOrder, useQueue } from '../../stores/queue.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { JobRow } from './JobRow.tsx';

/** Every job: what runs and waits first, then what is over, newest first. */
export function QueuePanel() {
  const jobs = useQueue((state) => state.jobs);
  if (jobs.length === 0) {
    return (
      <EmptyState icon={<ListChecks />} title="Nothing in the queue">
        Press Run to put the workflow here. Jobs outlive a restart of the engine and of the app.
      </EmptyState>
    );
  }
  const open = openJobs(jobs);
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-9 shrink-0 items-center justify-between border-b border-line pr-2 pl-3">
        <span className="text-xs text-soft numeric">
          {open === 0 ? 'Nothing to do' : `${formatCount(open, 'job')} to do`}
        </span>
        <Button look="quiet" size="sm" disabled={open === jobs.length} onClick={() => void clearFinishedJobs()}>
          Clear finished
        </Button>
      </header>
      <ol aria-label="Jobs" className="min-h-0 flex-1 overflow-y-auto">
        {queueOrder(jobs).map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
      </ol>
    </div>
  );
}
