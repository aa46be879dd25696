import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppWindow, PATIENCE } from './support/app-window.ts';
import { launchApp, makeHome, removeHome, type TestApp } from './support/launch.ts';
import { screenshot } from './support/screenshots.ts';

let home: string;
let app: TestApp;
let window: AppWindow;
beforeAll(async () => {
  home = await makeHome();
  app = await launchApp(home);
  window = new AppWindow(app);
});
afterAll(async () => {
  await app.end();
  await removeHome(home);
});

/** Samples of the machine that were taken after a moment. */
const samplesSince = async (time: number) =>
  (await window.call('monitor:history')).filter((sample) => sample.time > time);

test('the plot goes on while the engine hears nothing, and knows what a run takes while it takes it', async () => {
  await window.engineIn('ready');
  await window.page.getByRole('tab', { name: 'Memory' }).click();
  await window.fill('generate', 'Steps', '6');
  const started = Date.now();
  const { id } = await window.run();
  const pid = await window.denoising();
  if (process.platform !== 'win32') {
    process.kill(pid, 'SIGSTOP');
    const stopped = Date.now();
    await expect.poll(async () => (await samplesSince(stopped)).length, PATIENCE).toBeGreaterThan(8);
    const samples = await samplesSince(stopped);
    expect(samples.every(({ processes, engine }) => processes.engine > 0 && engine)).toBe(true);
    process.kill(pid, 'SIGCONT');
  }
  await window.jobIn(id, 'done');
  // onnxruntime frees them at the end of each run: only the gauge, which looks meanwhile, sees them.
  expect(await window.activationsSince(started)).toBeGreaterThan(8 * 2 ** 20);
  await window.page.getByRole('img', { name: 'Memory over time' }).waitFor();
  await window.page.getByRole('list', { name: 'Peaks of the latest run' }).getByText('Image Generate').waitFor();
  await screenshot(window.page, 'memory');
  expect(app.pageErrors).toEqual([]);
});

test('a limit is refused above what the computer has, and else reaches the engine', async () => {
  const GIB = 2 ** 30;
  await window.engineIn('ready');
  await expect(window.call('settings:set', { memoryLimitBytes: 100_000 * GIB })).rejects.toThrow(
    /The memory limit must be at most the [\d.]+ GiB that the device has/,
  );
  await expect(window.call('settings:set', { modelFolders: ['/nowhere'] })).rejects.toThrow(/does not exist/);
  await window.call('settings:set', { memoryLimitBytes: GIB, extendStrategy: 'kNextPowerOfTwo' });
  await expect
    .poll(() => window.call('engine:memory-settings').catch(() => null), PATIENCE)
    .toMatchObject({ limitBytes: GIB, arena: { extendStrategy: 'kNextPowerOfTwo' } });
});
