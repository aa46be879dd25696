import { ToggleGroup } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from './cn.ts';

interface SegmentedControlProps<Value extends string> {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: readonly { value: Value; title: ReactNode }[];
  className?: string;
}

/** A choice of one among a few that all fit on a line. */
export function SegmentedControl<Value extends string>({
  label,
  value,
  onChange,
  options,
  className,
}: SegmentedControlProps<Value>) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      // Pressing the chosen one again would leave none.
      onValueChange={(next) => next && onChange(next as Value)}
      className={cn('inline-flex h-6 shrink-0 items-center rounded-md border border-line bg-canvas p-px', className)}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          className="flex h-full items-center rounded-[5px] px-2 text-2xs font-medium text-soft transition-colors hover:text-text data-[state=on]:bg-pressed data-[state=on]:text-text"
        >
          {option.title}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
