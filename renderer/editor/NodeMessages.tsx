import { useShallow } from 'zustand/react/shallow';
import type { NodeDescriptor } from '../../engine/contract/node.ts';
import { useProblems } from '../stores/problems.ts';
import { useNodeRun } from '../stores/run.ts';

interface NodeMessagesProps {
  nodeId: string;
  descriptor: Pick<NodeDescriptor, 'inputs'>;
}

/** Why the node failed, and what it was warned of. What is about one field stands at that field instead. */
export function NodeMessages({ nodeId, descriptor }: NodeMessagesProps) {
  const run = useNodeRun(nodeId);
  const isAtField = (field: string | undefined) => descriptor.inputs.some((input) => input.name === field);
  const problems = useProblems(
    useShallow((state) =>
      state.problems.flatMap((one) => (one.nodeId === nodeId && !isAtField(one.field) ? one.message : [])),
    ),
  );
  const error = run?.error && !isAtField(run.error.place.field) ? run.error.message : null;
  return (
    <>
      {[...problems, ...(error === null ? [] : [error])].map((message) => (
        <p key={message} role="alert" className="node-message bg-danger-soft text-danger">
          {message}
        </p>
      ))}
      {run?.notes.map((note) => (
        <p key={note} className="node-message bg-warning-soft text-warning">
          {note}
        </p>
      ))}
    </>
  );
}
