import { screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { Tooltip } from './Tooltip.tsx';

afterEach(resetWindow);

function renderButtons() {
  return renderInWindow(
    <>
      <button type="button">Before</button>
      <Tooltip content="What it does">
        <button type="button">It</button>
      </Tooltip>
    </>,
  );
}

const button = () => screen.getByRole('button', { name: 'It' });
const words = () => screen.queryByRole('tooltip')?.textContent ?? null;

describe('a tooltip', () => {
  it('comes when the keyboard leads to its element, and goes with the next key', async () => {
    const { user } = renderButtons();
    await user.tab();
    expect(words()).toBeNull();
    await user.tab();
    expect(words()).toBe('What it does');
    await user.keyboard('a');
    expect(words()).toBeNull();
  });

  it('goes when a key is pressed while the pointer rests there', async () => {
    const { user } = renderButtons();
    await user.hover(button());
    await waitFor(() => expect(words()).toBe('What it does'));
    await user.keyboard('x');
    expect(words()).toBeNull();
  });

  it('does not come when the focus returns without a key that leads there', async () => {
    const { user } = renderButtons();
    await user.tab();
    await user.keyboard('{Escape}');
    button().focus();
    expect(document.activeElement).toBe(button());
    expect(words()).toBeNull();
  });
});
