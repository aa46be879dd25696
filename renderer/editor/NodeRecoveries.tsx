import { LifeBuoy } from 'lucide-react';
import { formatCount } from '../format.ts';
import { useNodeRun } from '../stores/run.ts';
import { Badge } from '../ui/Badge.tsx';
import { Tooltip } from '../ui/Tooltip.tsx';

/** How many things Headroom did to get by with the memory there was in the latest run, and to whoever points at it, what. */
export function NodeRecoveries({ nodeId }: { nodeId: string }) {
  const recoveries = useNodeRun(nodeId)?.recoveries ?? [];
  if (recoveries.length === 0) return null;
  const title = `${formatCount(recoveries.length, 'memory saving')} in this run`;
  return (
    <Tooltip
      content={
        <div className="space-y-1.5 py-1">
          <p className="font-medium">{title}</p>
          <ul className="list-disc space-y-1 pl-4">
            {recoveries.map((message) => (
              <li key={message}>{message}</li>
            ))}
          </ul>
        </div>
      }
    >
      <Badge tone="warning">
        <LifeBuoy className="size-3" aria-hidden />
        {recoveries.length}
        <span className="sr-only">{` ${title}. ${recoveries.join(' ')}`}</span>
      </Badge>
    </Tooltip>
  );
}
