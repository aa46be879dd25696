import { Dice5, Shuffle } from 'lucide-react';
import { useRef } from 'react';
import { IconButton } from '../ui/IconButton.tsx';
import { Input } from '../ui/Input.tsx';
import { FieldNotice } from './FieldNotice.tsx';
import type { FieldOf, FieldProps } from './field-props.ts';
import { useNumberDraft } from './use-number-draft.ts';

/** Seeds that are drawn stay short enough to be read out and typed again; any whole number may be typed. */
const DRAWN_SEEDS = 2 ** 32;

const RANDOM = { value: -1, title: 'a random one' };

/** A seed is typed as a whole number that Headroom may choose. */
const asInteger: FieldOf<'integer'> = {
  kind: 'integer',
  default: RANDOM.value,
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  step: 1,
  auto: RANDOM,
};

/** A seed: typed, drawn with the dice, or a new one in every run. The one that the last run drew can be kept. */
export function SeedField({ element, title, value, automatic, onChange, onDone }: FieldProps<'seed'>) {
  const draft = useNumberDraft({ title, field: asInteger, value, onChange, onDone });
  const isRandom = value === RANDOM.value;
  const lastFixed = useRef<number | null>(null);
  if (typeof value === 'number' && !isRandom) lastFixed.current = value;
  const lastDrawn = typeof automatic === 'number' ? automatic : null;

  function set(seed: number) {
    draft.settle();
    onChange(seed);
    onDone();
  }

  return (
    <div className="relative flex items-center gap-0.5">
      <Input
        {...element}
        inputMode="numeric"
        autoComplete="off"
        placeholder={lastDrawn === null ? 'random' : String(lastDrawn)}
        className="numeric"
        value={draft.text}
        onChange={(event) => draft.type(event.target.value)}
        onFocus={(event) => {
          draft.begin();
          event.target.select();
        }}
        onBlur={draft.finish}
        onKeyDown={(event) => {
          if (event.key === 'Escape') draft.revert();
          if (event.key === 'Escape' || (event.key === 'Enter' && !event.ctrlKey)) event.currentTarget.blur();
        }}
      />
      <IconButton label="Draw a new seed" size="sm" onClick={() => set(drawnSeed())}>
        <Dice5 />
      </IconButton>
      <IconButton
        label="New seed in every run"
        hint={isRandom && lastDrawn !== null ? `New seed in every run; press to keep ${lastDrawn}` : undefined}
        size="sm"
        aria-pressed={isRandom}
        className="aria-pressed:bg-accent-soft aria-pressed:text-accent-text"
        onClick={() => set(isRandom ? (lastDrawn ?? lastFixed.current ?? drawnSeed()) : RANDOM.value)}
      >
        <Shuffle />
      </IconButton>
      <FieldNotice text={draft.notice} />
    </div>
  );
}

function drawnSeed(): number {
  return Math.floor(Math.random() * DRAWN_SEEDS);
}
