import type { ComponentProps } from 'react';
import { cn } from './cn.ts';

/** The look that everything shares into which a person types. `aria-invalid` turns its border red. */
export const fieldClasses = cn(
  'w-full min-w-0 rounded-md border border-line-strong bg-field px-2 text-sm text-text transition-colors',
  'placeholder:text-faint hover:border-[color-mix(in_oklab,var(--line-strong),var(--text)_12%)]',
  'focus-visible:border-focus focus-visible:outline-1 focus-visible:outline-offset-0 focus-visible:outline-focus',
  'disabled:opacity-45 aria-invalid:border-danger aria-invalid:outline-danger',
);

export function Input({ className, type = 'text', ...rest }: ComponentProps<'input'>) {
  return <input type={type} spellCheck={false} className={cn(fieldClasses, 'h-7', className)} {...rest} />;
}
