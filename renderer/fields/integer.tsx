import type { FieldProps } from './field-props.ts';
import { NumberField } from './NumberField.tsx';

export function IntegerField(props: FieldProps<'integer'>) {
  return <NumberField {...props} />;
}
