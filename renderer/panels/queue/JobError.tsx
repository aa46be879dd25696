import type { EngineError } from '../../../engine/contract/events.ts';
import { runCommand } from '../../commands.ts';
import { useNodeTitle } from '../use-node-title.ts';

/** Why a job failed, with the node that it happened at, which a click brings into view. */
export function JobError({ error }: { error: EngineError }) {
  const { nodeId } = error.place;
  return (
    <p className="mt-0.5 text-xs wrap-anywhere text-danger selectable">
      {nodeId && <NodeLink nodeId={nodeId} />}
      {error.message}
    </p>
  );
}

function NodeLink({ nodeId }: { nodeId: string }) {
  const title = useNodeTitle(nodeId);
  return (
    <>
      <button
        type="button"
        className="font-medium underline decoration-dotted underline-offset-2 hover:decoration-solid"
        onClick={() => void runCommand('show-node', { nodeId })}
      >
        {title}
      </button>
      {': '}
    </>
  );
}
