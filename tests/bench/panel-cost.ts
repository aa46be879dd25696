import type { TestApp } from '../e2e/support/launch.ts';
import { type Measurement, repeated } from './measure.ts';
import { withApp } from './with-app.ts';

const PERIOD_MS = 10_000;
const PERIODS = 6;

/**
 * What the memory panel costs while nothing runs: processor time of main (which samples four times a second, shown or not) and of the
 * window, and that of the process that paints. Without a GPU it is the CPU that paints.
 */
export async function benchPanelCost(): Promise<Measurement[]> {
  return await withApp(async (app) => {
    const { page } = app;
    await page.getByText(/^Ready on /).waitFor({ timeout: 60_000 });
    await page.getByRole('tab', { name: 'Memory' }).click();
    await page.waitForTimeout(60_000); // The plot has a minute to show.
    const shown = await repeated(PERIODS, () => load(app));
    await page.getByRole('button', { name: 'Hide side panel' }).click();
    await page.waitForTimeout(2_000);
    const hidden = await repeated(PERIODS, () => load(app));
    return [...rows('memory panel shown, nothing runs', shown), ...rows('the same with the side panel hidden', hidden)];
  });
}

interface Load {
  /** Percent of one core. */
  readonly own: number;
  readonly painting: number;
}

function rows(when: string, loads: readonly Load[]): Measurement[] {
  const unit = '% of a core';
  return [
    { what: `${when}: main and window`, unit, values: loads.map(({ own }) => own) },
    { what: `${when}: painting`, unit, values: loads.map(({ painting }) => painting) },
  ];
}

async function load(app: TestApp): Promise<Load> {
  const [before, start] = [await processorSeconds(app), performance.now()];
  await app.page.waitForTimeout(PERIOD_MS);
  const [after, seconds] = [await processorSeconds(app), (performance.now() - start) / 1000];
  const percent = (types: string[]) =>
    (types.reduce((sum, type) => sum + (after[type] ?? 0) - (before[type] ?? 0), 0) / seconds) * 100;
  return { own: percent(['Browser', 'Tab']), painting: percent(['GPU']) };
}

/** What each kind of process has used so far. */
async function processorSeconds({ electron }: TestApp): Promise<Record<string, number>> {
  const metrics = await electron.evaluate(({ app }) =>
    app.getAppMetrics().map(({ type, cpu }) => [type, cpu.cumulativeCPUUsage ?? 0] as const),
  );
  const seconds: Record<string, number> = {};
  for (const [type, used] of metrics) seconds[type] = (seconds[type] ?? 0) + used;
  return seconds;
}
