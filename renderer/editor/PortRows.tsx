import { outputType } from '../../engine/contract/connection.ts';
import type { InputDescriptor, NodeDescriptor, OutputDescriptor } from '../../engine/contract/node.ts';
import { edgeInto, viewOf } from '../graph/view.ts';
import { useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { cn } from '../ui/cn.ts';
import { Port } from './Port.tsx';
import { useFieldError } from './use-field-error.ts';

interface PortRowsProps {
  nodeId: string;
  descriptor: NodeDescriptor;
}

/** Inputs that are nothing but a port on the left, outputs on the right, side by side to save height. */
export function PortRows({ nodeId, descriptor }: PortRowsProps) {
  const inputs = descriptor.inputs.filter((input) => !input.field);
  const rows = Array.from({ length: Math.max(inputs.length, descriptor.outputs.length) }, (_, index) => index);
  return rows.map((row) => {
    const input = inputs[row];
    const output = descriptor.outputs[row];
    return (
      <div key={row} className="flex min-h-7 items-stretch justify-between gap-4">
        {input ? <InputEnd nodeId={nodeId} input={input} /> : <span />}
        {output && <OutputEnd nodeId={nodeId} output={output} />}
      </div>
    );
  });
}

function InputEnd({ nodeId, input }: { nodeId: string; input: InputDescriptor }) {
  const isConnected = useGraph(({ edges }) => edgeInto(edges, nodeId, input.name) !== undefined);
  const error = useFieldError(nodeId, input.name);
  const isMissing = error !== null && !isConnected;
  return (
    <div className="relative flex min-w-0 items-center pl-3" title={input.description}>
      <Port
        nodeId={nodeId}
        name={input.name}
        title={input.title}
        side="input"
        type={input.type}
        hollow={!isConnected && input.required}
      />
      <span className={cn('truncate text-xs', isMissing ? 'text-danger' : 'text-soft')}>
        {input.title}
        {isMissing && ' is not connected'}
      </span>
    </div>
  );
}

function OutputEnd({ nodeId, output }: { nodeId: string; output: OutputDescriptor }) {
  // Only a pass-through output has to look at the graph for its type.
  const type = useGraph((state) =>
    output.follows ? outputType(nodeId, output, viewOf(state), describeNode) : output.type,
  );
  return (
    <div className="relative flex min-w-0 items-center pr-3">
      <span className="truncate text-xs text-soft">{output.title}</span>
      <Port nodeId={nodeId} name={output.name} title={output.title} side="output" type={type} />
    </div>
  );
}
