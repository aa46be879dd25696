import { Select } from '../ui/Select.tsx';
import type { FieldProps } from './field-props.ts';

export function EnumField({ element, field, value, onChange, onDone }: FieldProps<'enum'>) {
  function choose(chosen: string) {
    onChange(chosen);
    onDone();
  }
  return (
    <Select {...element} value={String(value)} options={field.options} onChange={choose} placeholder={String(value)} />
  );
}
