import { ChevronRight } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import type { InputDescriptor, NodeDescriptor } from '../../engine/contract/node.ts';
import { useGraph } from '../stores/graph.ts';
import { useProblems } from '../stores/problems.ts';
import { cn } from '../ui/cn.ts';
import { InputRow } from './InputRow.tsx';
import { toggleUnfolded, useInteraction } from './interaction-store.ts';

interface NodeInputsProps {
  nodeId: string;
  descriptor: NodeDescriptor;
}

/** The inputs with a field, and behind "More" the advanced ones; of those, what is not as usual is always in sight. */
export function NodeInputs({ nodeId, descriptor }: NodeInputsProps) {
  const connected = useGraph(
    useShallow(({ edges }) => edges.filter(({ to }) => to.node === nodeId).map(({ to }) => to.port)),
  );
  const unusual = useUnusual(nodeId, descriptor);
  const isUnfolded = useInteraction(({ unfolded }) => unfolded.has(nodeId));
  const fields = descriptor.inputs.filter((input) => input.field);
  const advanced = fields.filter((input) => input.advanced);
  const inSight = advanced.filter(({ name }) => connected.includes(name) || unusual.includes(name));
  const row = (input: InputDescriptor) => (
    <InputRow key={input.name} nodeId={nodeId} input={input} isConnected={connected.includes(input.name)} />
  );
  return (
    <>
      {fields.filter((input) => !input.advanced).map(row)}
      {!isUnfolded && inSight.map(row)}
      {(isUnfolded || inSight.length < advanced.length) && (
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
      {isUnfolded && advanced.map(row)}
    </>
  );
}

/** Names of a node's inputs that hold something else than their default, or that keep it from running. */
function useUnusual(nodeId: string, { inputs }: NodeDescriptor): string[] {
  const changed = useGraph(
    useShallow(({ nodes }) => {
      const values = nodes[nodeId]?.inputs ?? {};
      return inputs.flatMap(({ name, field }) => ((values[name] ?? field?.default) === field?.default ? [] : name));
    }),
  );
  const troubled = useProblems(
    useShallow(({ problems }) => problems.flatMap((one) => (one.nodeId === nodeId ? (one.field ?? []) : []))),
  );
  return [...changed, ...troubled];
}
