import { ChevronRight } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import type { NodeDescriptor } from '../../engine/contract/node.ts';
import { useGraph } from '../stores/graph.ts';
import { useProblems } from '../stores/problems.ts';
import { cn } from '../ui/cn.ts';
import { InputRow } from './InputRow.tsx';
import { toggleUnfolded, useInteraction } from './interaction-store.ts';

interface NodeInputsProps {
  nodeId: string;
  descriptor: NodeDescriptor;
}

/** The inputs with a field. Advanced ones are folded away, except those that an edge or a problem needs to be seen. */
export function NodeInputs({ nodeId, descriptor }: NodeInputsProps) {
  const connected = useGraph(
    useShallow(({ edges }) => edges.filter(({ to }) => to.node === nodeId).map(({ to }) => to.port)),
  );
  const troubled = useProblems(
    useShallow(({ problems }) => problems.flatMap((one) => (one.nodeId === nodeId ? (one.field ?? []) : []))),
  );
  const isUnfolded = useInteraction(({ unfolded }) => unfolded.has(nodeId));
  const fields = descriptor.inputs.filter((input) => input.field);
  const foldable = fields.filter(
    ({ name, advanced }) => advanced && !connected.includes(name) && !troubled.includes(name),
  );
  const shown = fields.filter((input) => !foldable.includes(input));
  const row = (input: (typeof fields)[number]) => (
    <InputRow key={input.name} nodeId={nodeId} input={input} isConnected={connected.includes(input.name)} />
  );
  return (
    <>
      {shown.map(row)}
      {foldable.length > 0 && (
        <button
          type="button"
          aria-expanded={isUnfolded}
          onClick={() => toggleUnfolded(nodeId)}
          className="nodrag mx-2 flex h-7 items-center gap-0.5 rounded-md px-0.5 pr-2 text-xs text-faint hover:bg-hover hover:text-text"
        >
          <ChevronRight className={cn('size-3.5 transition-transform', isUnfolded && 'rotate-90')} />
          More
        </button>
      )}
      {isUnfolded && foldable.map(row)}
    </>
  );
}
