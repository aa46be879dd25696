import { useNodeRun } from '../stores/run.ts';
import { Progress } from '../ui/Progress.tsx';

/** A thin bar along the bottom of the header, which is always there: nothing moves when work begins or ends. */
export function NodeProgress({ nodeId }: { nodeId: string }) {
  const run = useNodeRun(nodeId);
  if (run?.state !== 'running') return null;
  return (
    <Progress
      fraction={run.fraction}
      label={run.detail ?? 'Progress'}
      className="absolute inset-x-0 -bottom-px h-0.5 rounded-none"
    />
  );
}
