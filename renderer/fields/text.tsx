import type { ChangeEvent, KeyboardEvent } from 'react';
import { Input } from '../ui/Input.tsx';
import { Textarea } from '../ui/Textarea.tsx';
import type { FieldProps } from './field-props.ts';

/** Text of one line, or of many in a box that grows with it. Too long a text is kept and marked, never cut. */
export function TextField({ element, field, value, onChange, onDone }: FieldProps<'text'>) {
  const shared = {
    ...element,
    value: String(value),
    placeholder: field.placeholder,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange(event.target.value),
    onBlur: onDone,
  };
  if (!field.multiline) return <Input {...shared} onKeyDown={leaveOnEnter} />;
  // A wheel over a text that is longer than its box scrolls the text, not the canvas.
  return <Textarea {...shared} spellCheck={false} className="nowheel block" />;
}

function leaveOnEnter(event: KeyboardEvent<HTMLInputElement>) {
  if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) event.currentTarget.blur();
}
