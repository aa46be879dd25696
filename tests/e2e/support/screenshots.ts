import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/**
 * Keeps a picture of the window where HEADROOM_SCREENSHOTS names a folder: the README's pictures are made so. Tests never
 * compare them.
 */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.HEADROOM_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  // Away from every button, so that none is drawn as hovered and no tooltip is open.
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
