import { useEffect, useRef, useState } from 'react';
import { fieldProblem } from '../../engine/contract/ports.ts';
import type { FieldProps } from './field-props.ts';
import { clamped, parseNumber } from './number-steps.ts';

/** Long enough to be read, short enough not to be in the way. */
const NOTICE_MS = 4000;

type NumberProps = Pick<FieldProps<'integer' | 'float'>, 'title' | 'field' | 'value' | 'onChange' | 'onDone'>;

/**
 * What is typed into a numeric field. The text stays exactly as typed until the person is done; the document follows with
 * every value that is fit for it, so that "1" on the way to "128" is neither pulled up to the minimum nor taken over. A field
 * that is left empty goes back to what Headroom chooses, where it may choose.
 */
export function useNumberDraft({ title, field, value, onChange, onDone }: NumberProps) {
  const [draft, drawDraft] = useState<string | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  // Leaving a field follows so closely on Escape that the next drawing has not happened yet.
  const latest = useRef<string | null>(null);
  const before = useRef(value);

  useEffect(() => {
    if (notice === null) return;
    const timer = setTimeout(() => setNotice(null), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);

  function setDraft(text: string | null) {
    latest.current = text;
    drawDraft(text);
  }

  function take(next: number) {
    if (next !== value) onChange(next);
  }

  function type(text: string) {
    setDraft(text);
    setNotice(null);
    const typed = parseNumber(text);
    if (typed !== null && fieldProblem(field, typed) === null) take(typed);
  }

  /** Takes over what can be taken over of the text, and says so where that is not what was typed. */
  function finish() {
    const text = latest.current?.trim();
    setDraft(null);
    if (text === '' && field.auto) take(field.auto.value);
    else if (text) takeOver(text);
    onDone();
  }

  function takeOver(text: string) {
    const typed = parseNumber(text);
    if (typed === null) {
      setNotice(`“${text}” is not a number`);
      return;
    }
    const whole = field.kind === 'integer' ? Math.round(typed) : typed;
    const fit = typed === field.auto?.value ? typed : clamped(whole, field);
    take(fit);
    if (fit !== typed) setNotice(`${title} is ${rangeOf(field)}`);
  }

  return {
    /** What the field shows: nothing for a number that means "as Headroom chooses". */
    text: draft ?? (value === field.auto?.value ? '' : String(value)),
    /** The number that the text says now; null while nothing was typed, or no number. */
    typed: draft === null ? null : parseNumber(draft),
    notice,
    type,
    finish,
    /** The person came to the field: `revert` goes back to the value of now. */
    begin: () => {
      before.current = value;
    },
    revert: () => {
      setDraft(null);
      if (before.current !== value) onChange(before.current);
    },
    /** Shows the value instead of the text, as after stepping. */
    settle: () => setDraft(null),
  };
}

function rangeOf({ kind, min, max }: NumberProps['field']): string {
  return `a ${kind === 'integer' ? 'whole ' : ''}number from ${min} to ${max}`;
}
