import type { ComponentType } from 'react';
import type { FieldKind } from '../../engine/contract/ports.ts';
import { BooleanField } from './boolean.tsx';
import { EnumField } from './enum.tsx';
import type { FieldProps } from './field-props.ts';
import { FloatField } from './float.tsx';
import { ImageField } from './image.tsx';
import { IntegerField } from './integer.tsx';
import { ModelField } from './model.tsx';
import { SeedField } from './seed.tsx';
import { TableField } from './table.tsx';
import { TextField } from './text.tsx';

/** One widget for each kind of field. */
const widgets: { [Kind in FieldKind]: ComponentType<FieldProps<Kind>> } = {
  integer: IntegerField,
  float: FloatField,
  boolean: BooleanField,
  text: TextField,
  enum: EnumField,
  seed: SeedField,
  model: ModelField,
  image: ImageField,
  table: TableField,
};

export function widgetOf(kind: FieldKind): ComponentType<FieldProps> {
  return widgets[kind] as ComponentType<FieldProps>;
}
