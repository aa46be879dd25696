import { useId, useState } from 'react';
import { bytesOfGibibytes, GIBIBYTE } from '../../engine/contract/memory-limit.ts';
import { Input } from '../ui/Input.tsx';
import { SettingRow } from './SettingRow.tsx';

interface GibibytesFieldProps {
  title: string;
  description: string;
  /** null where Headroom decides. */
  bytes: number | null;
  /** What an empty field stands for. */
  placeholder: string;
  /** What is wrong with an amount, in words that follow the title; null where nothing is. */
  problemOf: (bytes: number) => string | null;
  onChange: (bytes: number | null) => void;
}

/** An amount of memory that is typed in GiB, taken over with Enter or on leaving the field; empty leaves it to Headroom. */
export function GibibytesField({ title, description, bytes, placeholder, problemOf, onChange }: GibibytesFieldProps) {
  const id = useId();
  // null: what is set is shown.
  const [draft, setDraft] = useState<string | null>(null);
  const problem = draft === null || draft.trim() === '' ? null : problemOf(bytesOfGibibytes(draft));

  function finish() {
    if (draft === null || problem !== null) return;
    const next = draft.trim() === '' ? null : bytesOfGibibytes(draft);
    setDraft(null);
    if (next !== bytes) onChange(next);
  }

  return (
    <div>
      <SettingRow title={title} description={description}>
        <div className="relative w-44 shrink-0">
          <Input
            aria-label={title}
            aria-invalid={problem !== null || undefined}
            aria-describedby={problem === null ? undefined : id}
            inputMode="decimal"
            autoComplete="off"
            className="pr-9 numeric"
            placeholder={placeholder}
            value={draft ?? gibibytes(bytes)}
            onChange={(event) => setDraft(event.target.value)}
            onBlur={finish}
            onKeyDown={(event) => event.key === 'Enter' && finish()}
          />
          <span
            aria-hidden
            className="pointer-events-none absolute inset-y-0 right-2 grid place-items-center text-xs text-faint"
          >
            GiB
          </span>
        </div>
      </SettingRow>
      {problem !== null && (
        <p id={id} role="alert" className="mt-1 text-right text-xs text-danger">
          {title} {problem}.
        </p>
      )}
    </div>
  );
}

/** As it was typed, or short: 6442450944 is "6". */
function gibibytes(bytes: number | null): string {
  return bytes === null ? '' : String(Math.round((bytes / GIBIBYTE) * 1000) / 1000);
}
