import { Switch } from '../ui/Switch.tsx';
import type { FieldProps } from './field-props.ts';

export function BooleanField({ element, value, onChange, onDone }: FieldProps<'boolean'>) {
  function set(checked: boolean) {
    onChange(checked);
    onDone();
  }
  return (
    <div className="flex h-7 items-center">
      <Switch {...element} checked={value === true} onCheckedChange={set} />
    </div>
  );
}
