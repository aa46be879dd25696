import { cva, type VariantProps } from 'class-variance-authority';
import type { ComponentProps } from 'react';
import { cn } from './cn.ts';

const button = cva(
  [
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors',
    'disabled:pointer-events-none disabled:opacity-45 aria-disabled:opacity-45 [&_svg]:shrink-0',
  ],
  {
    variants: {
      look: {
        primary: 'bg-accent text-on-accent hover:bg-accent-hover aria-disabled:hover:bg-accent',
        plain: 'border border-line-strong bg-raised text-text hover:bg-hover active:bg-pressed',
        quiet: 'text-soft hover:bg-hover hover:text-text active:bg-pressed data-[state=open]:bg-pressed',
      },
      size: {
        sm: 'h-6 px-2 text-xs [&_svg]:size-3.5',
        md: 'h-7 px-2.5 text-sm [&_svg]:size-4',
        lg: 'h-8 px-3 text-sm [&_svg]:size-4',
      },
    },
    defaultVariants: { look: 'plain', size: 'md' },
  },
);

export type ButtonProps = ComponentProps<'button'> & VariantProps<typeof button>;

export function Button({ look, size, className, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={cn(button({ look, size }), className)} {...rest} />;
}
