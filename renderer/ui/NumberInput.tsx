import { type ComponentProps, useState } from 'react';
import { Input } from './Input.tsx';

interface NumberInputProps
  extends Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'min' | 'max' | 'step' | 'type'> {
  value: number;
  /** Called with a number inside the range, when the person leaves the field, presses Enter or steps with the arrows. */
  onChange: (value: number) => void;
  min: number;
  max: number;
  step: number;
  /** Whether fractions are refused. */
  integer?: boolean;
}

/**
 * A number that is typed freely and taken over when it is done: while typing, "1" on the way to "128" is not pulled up to the
 * minimum. What is not a number goes back to the last value. Arrow keys step, with Shift ten times as far.
 */
export function NumberInput({ value, onChange, min, max, step, integer = false, ...rest }: NumberInputProps) {
  const [draft, setDraft] = useState<string | null>(null);

  function commit(text: string | null) {
    setDraft(null);
    if (text === null || text.trim() === '') return;
    const typed = Number(text.replace(',', '.'));
    if (Number.isFinite(typed)) take(typed);
  }

  function take(next: number) {
    const whole = integer ? Math.round(next) : roundToStep(next, step);
    const inside = Math.min(max, Math.max(min, whole));
    if (inside !== value) onChange(inside);
  }

  return (
    <Input
      inputMode={integer ? 'numeric' : 'decimal'}
      role="spinbutton"
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      autoComplete="off"
      {...rest}
      value={draft ?? String(value)}
      onChange={(event) => setDraft(event.target.value)}
      onFocus={(event) => event.target.select()}
      onBlur={() => commit(draft)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit(draft);
        if (event.key === 'Escape') setDraft(null);
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
        event.preventDefault();
        const distance = step * (event.shiftKey ? 10 : 1) * (event.key === 'ArrowUp' ? 1 : -1);
        setDraft(null);
        take((draft === null ? value : Number(draft) || value) + distance);
      }}
    />
  );
}

/** Takes binary noise off a fraction (0.1 + 0.2), keeping more digits than the step has, for people who type them. */
function roundToStep(value: number, step: number): number {
  const digits = Math.max(0, -Math.floor(Math.log10(step))) + 2;
  return Number(value.toFixed(Math.min(digits, 12)));
}
