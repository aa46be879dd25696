import { Slider as Primitive } from 'radix-ui';
import { cn } from './cn.ts';

interface SliderProps {
  value: number;
  onChange: (value: number) => void;
  /** Called once when the person lets go: the place for what should not happen sixty times a second. */
  onCommit?: (value: number) => void;
  min: number;
  max: number;
  step: number;
  'aria-label'?: string;
  'aria-labelledby'?: string;
  disabled?: boolean;
  className?: string;
}

export function Slider({ value, onChange, onCommit, className, ...rest }: SliderProps) {
  const { 'aria-label': label, 'aria-labelledby': labelledBy, ...root } = rest;
  return (
    <Primitive.Root
      value={[value]}
      onValueChange={([next]) => next !== undefined && onChange(next)}
      onValueCommit={([next]) => next !== undefined && onCommit?.(next)}
      className={cn('relative flex h-4 w-full touch-none items-center data-[disabled]:opacity-45', className)}
      {...root}
    >
      <Primitive.Track className="relative h-1 grow overflow-hidden rounded-full bg-line-strong">
        <Primitive.Range className="absolute h-full bg-accent" />
      </Primitive.Track>
      <Primitive.Thumb
        aria-label={label}
        aria-labelledby={labelledBy}
        className="block size-3 rounded-full border border-line-strong bg-white shadow-sm"
      />
    </Primitive.Root>
  );
}
