import { useConnection } from '@xyflow/react';
import { useEffect } from 'react';
import { setRefusal, useInteraction } from './interaction-store.ts';
import { refusalAt } from './use-connecting.ts';

/** Long enough to read a sentence. */
const REFUSAL_MS = 3500;

/** At the pointer: why the port under it refuses the connection, and after a drop why it was refused. */
export function ConnectionHint() {
  const drawn = useInteraction((state) => state.drawn);
  const refusal = useInteraction((state) => state.refusal);
  const over = useConnection(({ inProgress, isValid, toHandle, pointer }) =>
    inProgress && toHandle && !isValid
      ? { nodeId: toHandle.nodeId, port: toHandle.id, type: toHandle.type, x: pointer.x, y: pointer.y }
      : null,
  );

  useEffect(() => {
    if (!refusal) return;
    const timer = setTimeout(() => setRefusal(null), REFUSAL_MS);
    return () => clearTimeout(timer);
  }, [refusal]);

  if (drawn && over) {
    const isStart = over.nodeId === drawn.node && over.port === drawn.port;
    const handle = { nodeId: over.nodeId, id: over.port ?? null, type: over.type };
    return isStart ? null : <Bubble at={over} text={refusalAt(drawn.problemOf, drawn.side, handle)} />;
  }
  return refusal && <Bubble at={refusal.at} text={refusal.reason} isAlert />;
}

function Bubble({ at, text, isAlert }: { at: { x: number; y: number }; text: string; isAlert?: boolean }) {
  return (
    <p
      role={isAlert ? 'alert' : undefined}
      className="pointer-events-none absolute z-20 max-w-72 rounded-md bg-overlay px-2 py-1 text-xs text-danger shadow-overlay"
      style={{ left: at.x + 14, top: at.y + 14 }}
    >
      {text}
    </p>
  );
}
