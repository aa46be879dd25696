import type { FieldProps } from './field-props.ts';

/** How much is in a table; it is edited in a grid of its own. */
export function TableField({ element, value }: FieldProps<'table'>) {
  const count = Array.isArray(value) ? value.length : 0;
  return (
    <output {...element} className="text-xs">
      {count === 1 ? '1 row' : `${count} rows`}
    </output>
  );
}
