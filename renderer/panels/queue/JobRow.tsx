import { Ban, Check, Clock, LoaderCircle, RotateCw, TriangleAlert, X } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import type { Job } from '../../../electron/ipc/contract.ts';
import { cancelJob, retryJob } from '../../api/queue-actions.ts';
import { useRunSummary } from '../../stores/run.ts';
import { viewPicture } from '../../stores/ui.ts';
import { cn } from '../../ui/cn.ts';
import { Elapsed } from '../../ui/Elapsed.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Progress } from '../../ui/Progress.tsx';
import { JobError } from './JobError.tsx';
import { jobWords, noteWords } from './job-words.ts';

const THUMBNAILS = 4;

/** One job. Memoised: while one runs, the other rows rest. */
export const JobRow = memo(function JobRow({ job }: { job: Job }) {
  const open = job.state === 'queued' || job.state === 'running';
  return (
    <li aria-label={`${job.name}, ${job.state}`} className="flex gap-2.5 border-b border-line px-3 py-2.5">
      <span className="flex h-5 shrink-0 items-center [&_svg]:size-4">{icons[job.state]}</span>
      <div className="min-w-0 flex-1">
        <div className="flex h-5 items-center gap-2">
          <span className="min-w-0 flex-1 truncate font-medium" title={job.name}>
            {job.name}
          </span>
          {job.state === 'running' && job.startedAt !== null && (
            <span className="text-xs">
              <Elapsed since={job.startedAt} />
            </span>
          )}
          <span className="-my-0.5 -mr-1">
            {open ? (
              <IconButton size="sm" label={`Cancel ${job.name}`} hint="Cancel" onClick={() => void cancelJob(job.id)}>
                <X />
              </IconButton>
            ) : (
              <IconButton
                size="sm"
                label={`Run ${job.name} again`}
                hint="Run again"
                onClick={() => void retryJob(job.id)}
              >
                <RotateCw />
              </IconButton>
            )}
          </span>
        </div>
        {job.state === 'running' ? (
          <JobProgress jobId={job.id} />
        ) : (
          <p className="text-xs text-soft numeric">{jobWords(job)}</p>
        )}
        {job.note && (
          <p className={cn('mt-0.5 text-xs selectable', open ? 'text-warning' : 'text-soft')}>
            {noteWords(job.note, job.state)}
          </p>
        )}
        {job.error && <JobError error={job.error} />}
        {job.images.length > 0 && <Thumbnails job={job} />}
      </div>
    </li>
  );
});

const icons: Record<Job['state'], ReactNode> = {
  queued: <Clock className="text-faint" aria-hidden />,
  running: <LoaderCircle className="animate-spin text-accent-text" aria-hidden />,
  done: <Check className="text-success" aria-hidden />,
  failed: <TriangleAlert className="text-danger" aria-hidden />,
  cancelled: <Ban className="text-faint" aria-hidden />,
};

function JobProgress({ jobId }: { jobId: string }) {
  const run = useRunSummary();
  const known = run.jobId === jobId;
  return (
    <div className="flex h-5 items-center gap-2">
      <Progress label="Progress" fraction={known ? run.fraction : null} className="max-w-28" />
      <span className="min-w-0 truncate text-xs text-soft numeric">{(known && run.detail) || 'Starting'}</span>
    </div>
  );
}

function Thumbnails({ job }: { job: Job }) {
  const more = job.images.length - THUMBNAILS;
  return (
    <div className="mt-1.5 flex items-center gap-1.5">
      {job.images.slice(0, THUMBNAILS).map((image, index) => (
        <button
          key={image.path}
          type="button"
          aria-label={`View picture ${index + 1} of ${job.name}`}
          className="size-12 overflow-hidden rounded-md border border-line bg-canvas hover:border-line-strong"
          onClick={() => viewPicture(image.path)}
        >
          <img src={image.url} alt="" className="size-full object-cover" loading="lazy" draggable={false} />
        </button>
      ))}
      {more > 0 && <span className="text-xs text-faint numeric">+{more}</span>}
    </div>
  );
}
