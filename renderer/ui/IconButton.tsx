import type { ReactNode } from 'react';
import { Button, type ButtonProps } from './Button.tsx';
import { cn } from './cn.ts';
import { Kbd } from './Kbd.tsx';
import { Tooltip } from './Tooltip.tsx';

interface IconButtonProps extends Omit<ButtonProps, 'aria-label' | 'title'> {
  /** The accessible name, and the tooltip unless `hint` says more. */
  label: string;
  hint?: ReactNode;
  shortcut?: string;
  /** Why it cannot be pressed now. The button stays focusable, so that the reason can be read by everybody. */
  blocked?: string | null;
}

const widths = { sm: 'w-6', md: 'w-7', lg: 'w-8' } as const;

export function IconButton({
  label,
  hint,
  shortcut,
  blocked,
  look = 'quiet',
  size = 'md',
  className,
  onClick,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip content={<Hint text={blocked ?? hint ?? label} shortcut={shortcut} />}>
      <Button
        look={look}
        size={size}
        aria-label={label}
        aria-disabled={blocked ? true : undefined}
        className={cn('px-0', widths[size ?? 'md'], className)}
        onClick={blocked ? undefined : onClick}
        {...rest}
      />
    </Tooltip>
  );
}

/** A tooltip's words with the keys that do the same. */
export function Hint({ text, shortcut }: { text: ReactNode; shortcut?: string }) {
  return (
    <span className="flex items-center gap-2">
      <span>{text}</span>
      {shortcut && <Kbd>{shortcut}</Kbd>}
    </span>
  );
}
