import { LoaderCircle, Play, Square } from 'lucide-react';
import { useState } from 'react';
import { runCommand, useCommandBlock } from '../commands.ts';
import { WorkflowEstimate } from '../estimates/WorkflowEstimate.tsx';
import { useEngine } from '../stores/engine.ts';
import { useProblems } from '../stores/problems.ts';
import { openJobs, runningJob, useQueue } from '../stores/queue.ts';
import { Button } from '../ui/Button.tsx';
import { Hint, IconButton } from '../ui/IconButton.tsx';
import { Tooltip } from '../ui/Tooltip.tsx';
import { keys } from './keys.ts';

/** Run puts the document as it is now into the queue; it may be pressed again while jobs run. */
export function RunControls() {
  const waiting = useQueue((state) => openJobs(state.jobs));
  const engineFailed = useEngine((state) => state.status.state === 'failed');
  const commandBlock = useCommandBlock('run');
  const block = engineFailed ? 'The engine does not start: nothing can run' : commandBlock;
  // Found when it was last pressed. It stays pressable: that looks again, and leads to the node.
  const problem = useProblems((state) => state.problems[0]?.message ?? null);
  return (
    <div className="flex items-center gap-1">
      <StopButton />
      <Tooltip
        content={
          <div className="space-y-1">
            <Hint text={block ?? problem ?? runHint(waiting)} shortcut={keys('Ctrl', 'Enter')} />
            {block === null && problem === null && <WorkflowEstimate />}
          </div>
        }
      >
        <Button
          look="primary"
          aria-label="Run"
          aria-disabled={block !== null || undefined}
          className="min-w-24"
          onClick={() => void (block === null && runCommand('run'))}
        >
          <Play className="fill-current" />
          Run
          {waiting > 0 && (
            <span className="-mr-1 min-w-4 rounded bg-white/20 px-1 text-2xs leading-4 numeric">{waiting}</span>
          )}
        </Button>
      </Tooltip>
    </div>
  );
}

/** A run is stopped between two of its steps: until the engine has heard of it, the button says that it is on its way. */
function StopButton() {
  const running = useQueue((state) => runningJob(state.jobs) !== undefined);
  const [stopping, setStopping] = useState(false);

  async function stop() {
    setStopping(true);
    await runCommand('stop');
    setStopping(false);
  }

  function block(): string | null {
    if (!running) return 'Nothing is running';
    return stopping ? 'Stopping after the current step' : null;
  }

  return (
    <IconButton
      label="Stop"
      hint="Stop the running job after its current step"
      blocked={block()}
      onClick={() => void stop()}
    >
      {running && stopping ? <LoaderCircle className="animate-spin" /> : <Square className="fill-current" />}
    </IconButton>
  );
}

function runHint(waiting: number): string {
  if (waiting === 0) return 'Run this workflow';
  return waiting === 1 ? 'Run after the job in the queue' : `Run after the ${waiting} jobs in the queue`;
}
