import { vi } from 'vitest';

/**
 * Gives every element an inner size, and the height that a row of a list has. The test's page has no layout: a list that
 * shows only what is in sight would show nothing.
 */
export function giveElementsSize(width: number, height: number, rowHeight = 18): void {
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(width);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(height);
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(rowHeight);
}
