/** The range of a numeric field. */
export interface NumberRange {
  min: number;
  max: number;
  step: number;
}

/** Horizontal pixels that one step takes while scrubbing: about 600 for the whole range, never too fine to aim. */
export function pixelsPerStep({ min, max, step }: NumberRange): number {
  return Math.min(8, Math.max(1, 600 / ((max - min) / step)));
}

/**
 * The value some steps away, on the steps counted from the minimum, as a browser's own number field does it: from 250 one step
 * of 8 up is 256. Stays inside the range.
 */
export function stepped(value: number, steps: number, range: NumberRange): number {
  const { min, step } = range;
  const exact = (value - min) / step;
  // Binary noise: 0.3 / 0.1 is a little less than 3.
  const nearest = Math.round(exact);
  const onStep = Math.abs(exact - nearest) < 1e-6;
  const start = onStep ? nearest : steps > 0 ? Math.floor(exact) : Math.ceil(exact);
  return clamped(withoutNoise(min + (start + steps) * step, step), range);
}

export function clamped(value: number, { min, max }: NumberRange): number {
  return Math.min(max, Math.max(min, value));
}

/** Takes the binary noise off a sum of steps: 0.1 + 0.2 is 0.3 to a person. */
function withoutNoise(value: number, step: number): number {
  const digits = Math.max(0, Math.ceil(-Math.log10(step))) + 2;
  return Number(value.toFixed(Math.min(digits, 12)));
}

/** A number as people type it, with a comma or a point; null for what is none. */
export function parseNumber(text: string): number | null {
  const trimmed = text.trim().replace(',', '.');
  const typed = Number(trimmed);
  return trimmed === '' || !Number.isFinite(typed) ? null : typed;
}
