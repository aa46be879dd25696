import type { ComponentProps } from 'react';
import { cn } from './cn.ts';
import { fieldClasses } from './Input.tsx';

/** Grows with its text up to `max-h`, then scrolls. */
export function Textarea({ className, ...rest }: ComponentProps<'textarea'>) {
  return (
    <textarea
      className={cn(
        fieldClasses,
        'field-sizing-content max-h-48 min-h-14 resize-none py-1.5 leading-[18px]',
        className,
      )}
      {...rest}
    />
  );
}
