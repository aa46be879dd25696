import { ChevronDown, ChevronUp } from 'lucide-react';
import { cn } from '../ui/cn.ts';

interface StepButtonsProps {
  step: (steps: number) => void;
  onDone: () => void;
}

/** Two small arrows in a number field. For the mouse only: the keyboard has the arrow keys, a screen reader the spin button. */
export function StepButtons({ step, onDone }: StepButtonsProps) {
  return (
    <div
      aria-hidden
      className="absolute inset-y-px right-px flex w-5 flex-col opacity-0 transition-opacity group-focus-within/number:opacity-100 group-hover/number:opacity-100"
    >
      {([1, -1] as const).map((direction) => (
        <button
          key={direction}
          type="button"
          tabIndex={-1}
          // The field keeps the focus that it has, or that it has not.
          onMouseDown={(event) => event.preventDefault()}
          onClick={(event) => {
            step(direction * (event.shiftKey ? 10 : 1));
            onDone();
          }}
          className={cn(
            'flex flex-1 items-center justify-center text-faint hover:bg-hover hover:text-text active:bg-pressed',
            direction > 0 ? 'rounded-tr-[5px]' : 'rounded-br-[5px]',
          )}
        >
          {direction > 0 ? <ChevronUp className="size-3" /> : <ChevronDown className="size-3" />}
        </button>
      ))}
    </div>
  );
}
