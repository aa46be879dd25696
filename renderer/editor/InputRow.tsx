import type { InputDescriptor } from '../../engine/contract/node.ts';
import { cn } from '../ui/cn.ts';
import { FieldCell } from './FieldCell.tsx';
import { Port } from './Port.tsx';
import { SourceName } from './SourceName.tsx';

interface InputRowProps {
  nodeId: string;
  input: InputDescriptor;
  isConnected: boolean;
}

/** An input that has a field: its port, its name, and its widget, or what feeds it instead. */
export function InputRow({ nodeId, input, isConnected }: InputRowProps) {
  const { name, title, description, type, field, connectable } = input;
  const id = `${nodeId}.${name}`;
  const isTall = !isConnected && ((field?.kind === 'text' && field.multiline) || field?.kind === 'image');
  return (
    <div className={cn('relative px-3', isTall ? 'pb-1.5' : 'grid min-h-8 grid-cols-[98px_1fr] items-start gap-x-2')}>
      {connectable && <Port nodeId={nodeId} name={name} title={title} side="input" type={type} atTop />}
      <label
        htmlFor={isConnected ? undefined : id}
        title={description}
        className="block truncate text-xs leading-8 text-soft"
      >
        {title}
      </label>
      {isConnected ? (
        <SourceName nodeId={nodeId} port={name} />
      ) : (
        <div className={cn(!isTall && 'min-w-0 py-0.5')}>
          <FieldCell id={id} nodeId={nodeId} input={input} />
        </div>
      )}
    </div>
  );
}
