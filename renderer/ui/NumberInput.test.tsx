import { screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { NumberInput } from './NumberInput.tsx';

afterEach(resetWindow);

function renderInput(initial: number, props: { min: number; max: number; step: number; integer?: boolean }) {
  const changed = vi.fn();
  function Host() {
    const [value, setValue] = useState(initial);
    const change = (next: number) => {
      changed(next);
      setValue(next);
    };
    return <NumberInput aria-label="Number" value={value} onChange={change} {...props} />;
  }
  const { user } = renderInWindow(<Host />);
  return { user, changed, input: screen.getByRole<HTMLInputElement>('spinbutton', { name: 'Number' }) };
}

const steps = { min: 1, max: 150, step: 1, integer: true };

describe('NumberInput', () => {
  it('lets a number be typed in peace and takes it over at the end', async () => {
    const { user, changed, input } = renderInput(512, { min: 64, max: 2048, step: 8, integer: true });
    await user.clear(input);
    await user.type(input, '128');
    expect(changed).not.toHaveBeenCalled();
    await user.tab();
    expect(changed).toHaveBeenCalledExactlyOnceWith(128);
  });

  it('keeps a number inside its range', async () => {
    const { user, changed, input } = renderInput(20, steps);
    await user.clear(input);
    await user.type(input, '900{Enter}');
    expect(changed).toHaveBeenLastCalledWith(150);
    expect(input.value).toBe('150');
  });

  it('goes back to the last number for what is none, and on Escape', async () => {
    const { user, changed, input } = renderInput(20, steps);
    await user.clear(input);
    await user.type(input, 'many{Enter}');
    expect(input.value).toBe('20');
    await user.clear(input);
    await user.type(input, '7{Escape}');
    expect(input.value).toBe('20');
    expect(changed).not.toHaveBeenCalled();
  });

  it('steps with the arrows, further with Shift, without binary noise', async () => {
    const { user, changed, input } = renderInput(0.2, { min: 0, max: 30, step: 0.1 });
    await user.click(input);
    await user.keyboard('{ArrowUp}');
    expect(changed).toHaveBeenLastCalledWith(0.3);
    await user.keyboard('{Shift>}{ArrowUp}{/Shift}');
    expect(changed).toHaveBeenLastCalledWith(1.3);
  });

  it('reads a comma as a decimal point', async () => {
    const { user, changed, input } = renderInput(7.5, { min: 0, max: 30, step: 0.5 });
    await user.clear(input);
    await user.type(input, '3,25{Enter}');
    expect(changed).toHaveBeenLastCalledWith(3.25);
  });
});
