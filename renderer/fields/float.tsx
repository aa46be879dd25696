import type { FieldProps } from './field-props.ts';
import { NumberField } from './NumberField.tsx';

export function FloatField(props: FieldProps<'float'>) {
  return <NumberField {...props} />;
}
