import { RotateCcw } from 'lucide-react';
import { type KeyboardEvent, useRef } from 'react';
import { Input } from '../ui/Input.tsx';
import { FieldNotice } from './FieldNotice.tsx';
import type { FieldProps } from './field-props.ts';
import { pixelsPerStep, stepped } from './number-steps.ts';
import { StepButtons } from './StepButtons.tsx';
import { useNumberDraft } from './use-number-draft.ts';
import { useScrub } from './use-scrub.ts';

/**
 * A number that is typed, dragged sideways, or stepped with the arrow keys (with Shift ten steps) and the two arrows. Where
 * Headroom may choose, the empty field says what it chooses.
 */
export function NumberField(props: FieldProps<'integer' | 'float'>) {
  const { element, title, field, value, automatic, onChange, onDone } = props;
  const input = useRef<HTMLInputElement>(null);
  const draft = useNumberDraft(props);
  const isAutomatic = value === field.auto?.value;
  const current = startingPoint(props);
  const scrubbed = useRef(current);
  const scrub = useScrub({
    pixelsPerStep: pixelsPerStep(field),
    onScrub: (steps) => set(stepped(scrubbed.current, steps, field)),
    onEnd: onDone,
    onClick: () => input.current?.focus(),
  });

  function set(next: number) {
    draft.settle();
    if (next !== value) onChange(next);
  }

  function step(steps: number) {
    set(stepped(draft.typed ?? current, steps, field));
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) input.current?.blur();
    if (event.key === 'Escape') {
      draft.revert();
      event.stopPropagation();
      input.current?.blur();
    }
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    step((event.shiftKey ? 10 : 1) * (event.key === 'ArrowUp' ? 1 : -1));
  }

  return (
    <div className="group/number relative">
      <Input
        {...element}
        ref={input}
        role="spinbutton"
        inputMode={field.kind === 'integer' ? 'numeric' : 'decimal'}
        aria-valuenow={current}
        aria-valuetext={isAutomatic ? placeholderOf(field.auto?.title, automatic) : undefined}
        aria-valuemin={field.min}
        aria-valuemax={field.max}
        autoComplete="off"
        placeholder={placeholderOf(field.auto?.title, automatic)}
        className="cursor-ew-resize pr-6 numeric focus:cursor-text"
        value={draft.text}
        onChange={(event) => draft.type(event.target.value)}
        onFocus={(event) => {
          draft.begin();
          event.target.select();
        }}
        onBlur={draft.finish}
        onKeyDown={onKeyDown}
        {...scrub}
        onPointerDown={(event) => {
          scrubbed.current = current;
          scrub.onPointerDown(event);
        }}
      />
      {field.auto && !isAutomatic && draft.typed === null && (
        <button
          type="button"
          tabIndex={-1}
          aria-label={`${title}: back to ${field.auto.title}`}
          title={`Back to ${field.auto.title}`}
          className="absolute top-1 right-6 grid size-5 place-items-center rounded text-faint opacity-0 transition-opacity group-focus-within/number:opacity-100 group-hover/number:opacity-100 hover:bg-hover hover:text-text"
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => {
            set(field.auto?.value ?? field.default);
            onDone();
          }}
        >
          <RotateCcw className="size-3" />
        </button>
      )}
      <StepButtons step={step} onDone={onDone} />
      <FieldNotice text={draft.notice} />
    </div>
  );
}

/** The number that stepping starts from: what is set, what Headroom chooses, or the least there is. */
function startingPoint({ value, field, automatic }: FieldProps<'integer' | 'float'>): number {
  const isSet = typeof value === 'number' && Number.isFinite(value) && value !== field.auto?.value;
  if (isSet) return value;
  return typeof automatic === 'number' ? automatic : Math.max(field.min, field.default);
}

function placeholderOf(title: string | undefined, automatic: string | number | undefined): string | undefined {
  return title === undefined || automatic === undefined ? title : `${automatic} · auto`;
}
