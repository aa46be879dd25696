import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transformer } from '@napi-rs/image';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWorkflowText } from '../../../engine/contract/migrations.ts';
import { readPngText, WORKFLOW_KEYWORD } from '../../../engine/contract/png-metadata.ts';
import { AppWindow, PATIENCE } from './app-window.ts';
import { type LaunchOptions, launchApp, makeHome, removeHome, type TestApp } from './launch.ts';
import { screenshot } from './screenshots.ts';

/**
 * What a person does with the app, from its first start to its last question, in order: each test goes on where the one
 * before it ended. The development app and the packaged one go through the same.
 */
export function describeApp(title: string, options: LaunchOptions = {}): void {
  describe.sequential(title, () => {
    let home: string;
    let app: TestApp;
    let window: AppWindow;

    async function launch() {
      app = await launchApp(home, options);
      window = new AppWindow(app);
    }

    beforeAll(async () => {
      home = await makeHome();
      await launch();
    });
    afterAll(async () => {
      await app.end();
      await removeHome(home);
    });

    test('opens the default workflow, with an engine that is ready', async () => {
      for (const id of ['model', 'generate', 'save']) await window.node(id).waitFor();
      await window.engineIn('ready');
      await window.page.getByText(/^Ready on /).waitFor();
      await window
        .node('generate')
        .getByText(/ of memory expected\. It fits/)
        .waitFor();
      await screenshot(window.page, 'editor');
      expect(app.pageErrors).toEqual([]);
    });

    test('draws what the prompt says: progress, the picture on its node, and the file with the workflow inside', async () => {
      await window.fill('generate', 'Prompt', 'red apple');
      const { id } = await window.run();
      await window.denoising();
      await window.page.getByRole('progressbar').first().waitFor();
      const job = await window.jobIn(id, 'done');
      expect(job.attempts).toBe(1);
      await expect.poll(() => window.pictures('save').count(), PATIENCE).toBe(1);
      await expect.poll(() => naturalSize(window, 'save'), PATIENCE).toEqual([256, 256]);
      await screenshot(window.page, 'editor-with-a-picture');
      // The thread that reads the arena was found, and works beside a run.
      expect(await window.activationsSince(0)).toBeGreaterThan(8 * 2 ** 20);

      const [name] = await readdir(app.results);
      const png = await readFile(join(app.results, name ?? ''));
      expect(job.images[0]?.path).toBe(join(app.results, name ?? ''));
      expect(readWorkflowText(readPngText(png)?.get(WORKFLOW_KEYWORD) ?? '').nodes.generate?.inputs.prompt).toBe(
        'red apple',
      );
      const [red, green, blue] = await colourOfTheMiddle(png);
      expect(red).toBeGreaterThan(1.5 * Math.max(green, blue));
    });

    test('a run survives the death of its engine', async () => {
      await window.fill('generate', 'Images', '3');
      const { id } = await window.run();
      const pid = await window.denoising();
      process.kill(pid, 'SIGKILL');
      expect(await window.engineIn('busy', (status) => status.state === 'busy' && status.pid !== pid)).not.toBe(pid);
      expect(await window.jobIn(id, 'done')).toMatchObject({ attempts: 2, images: [{}, {}, {}] });
      await expect.poll(() => window.pictures('save').count(), PATIENCE).toBe(3);
    });

    test('Clear cache lets go of the model', async () => {
      await window.engineIn('ready');
      await window.button('Clear cache').click();
      await window.page
        .getByText(/came back|empty already/)
        .first()
        .waitFor();
      expect(await window.call('engine:clear-cache')).toMatchObject({ evicted: [] });
    });

    test('Restart engine: idle, in the middle of a run, and when the engine hears nothing', async () => {
      const first = await window.engineIn('ready');
      await window.button('Restart engine').click();
      const second = await window.engineIn('ready', (status) => 'pid' in status && status.pid !== first);

      const { id } = await window.run();
      await window.denoising();
      await window.button('Restart engine').click();
      expect(await window.jobIn(id, 'done')).toMatchObject({ attempts: 2, note: 'the engine was restarted' });

      const third = await window.engineIn('ready');
      expect(third).not.toBe(second);
      if (process.platform !== 'win32') process.kill(third, 'SIGSTOP');
      await window.button('Restart engine').click();
      await window.engineIn('ready', (status) => 'pid' in status && status.pid !== third);
    });

    test('Stop ends a run after its current step', async () => {
      await window.fill('generate', 'Images', '8');
      const { id } = await window.run();
      await window.denoising();
      await window.button('Stop').click();
      expect(await window.jobIn(id, 'cancelled')).toMatchObject({ error: null });
      await window.engineIn('ready');
    });

    test('changes can be undone and redone', async () => {
      const prompt = window.field('generate', 'Prompt');
      await window.fill('generate', 'Prompt', 'octopus');
      await window.button('Undo').click();
      await expect.poll(() => prompt.inputValue()).toBe('red apple');
      await window.button('Redo').click();
      await expect.poll(() => prompt.inputValue()).toBe('octopus');
    });

    test('a document is saved, and opened again as it was', async () => {
      const file = join(home, 'octopus.json');
      await window.answerDialogs({ save: file, open: file });
      await window.button('Save').click();
      await expect.poll(() => readFile(file, 'utf8').catch(() => ''), PATIENCE).not.toBe('');
      const saved = readWorkflowText(await readFile(file, 'utf8'));
      expect(saved.nodes.generate?.inputs).toMatchObject({ prompt: 'octopus', num_images: 8 });

      await window.button('New').click();
      await expect.poll(() => window.node('generate').count()).toBe(0);
      await window.button('Open').click();
      await expect.poll(() => window.field('generate', 'Prompt').inputValue(), PATIENCE).toBe('octopus');
    });

    test('the window does not close over unsaved changes', async () => {
      await window.fill('generate', 'Prompt', 'penguin');
      await window.answerDialogs({ message: CANCEL });
      await window.pressClose();
      // The question comes and goes between two processes; nothing tells that the window was going to stay.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(await window.isOpen()).toBe(true);
      expect(app.pageErrors).toEqual([]);

      await window.answerDialogs({ message: DISCARD });
      const closed = app.electron.waitForEvent('close');
      await window.pressClose();
      await closed;
    });

    test('the next start has the pictures of the last one, and runs what was left', async () => {
      await launch();
      await window.engineIn('ready');
      const before = await window.call('queue:list');
      expect(before.filter(({ state }) => state === 'done')).toHaveLength(3);
      const { id } = await window.run();
      await window.denoising();
      await app.end();

      await launch();
      expect(await window.jobIn(id, 'done')).toMatchObject({ attempts: 2 });
      const [oldest] = await window.call('queue:list');
      expect(await loads(window, oldest?.images[0]?.url ?? '')).toBe(true);
    });
  });
}

/** The buttons of the question about unsaved changes. */
const DISCARD = 1;
const CANCEL = 2;

/** Of the first picture on a node, as it was decoded. */
async function naturalSize(window: AppWindow, nodeId: string): Promise<number[]> {
  const image = window.pictures(nodeId).locator('img').first();
  return await image.evaluate((element) => {
    const { naturalWidth, naturalHeight } = element as HTMLImageElement;
    return [naturalWidth, naturalHeight];
  });
}

async function loads(window: AppWindow, url: string): Promise<boolean> {
  return await window.page.evaluate(async (address) => {
    const image = new Image();
    image.src = address;
    return await image.decode().then(
      () => true,
      () => false,
    );
  }, url);
}

/** The mean red, green and blue of the middle quarter of a picture. */
async function colourOfTheMiddle(png: Buffer): Promise<[red: number, green: number, blue: number]> {
  const transformer = new Transformer(png);
  const { width, height } = await transformer.metadata();
  const pixels = await transformer.rawPixels();
  const channels = pixels.length / (width * height);
  const sums: [number, number, number] = [0, 0, 0];
  for (let y = height / 4; y < (3 * height) / 4; y += 1) {
    for (let x = width / 4; x < (3 * width) / 4; x += 1) {
      for (const channel of [0, 1, 2] as const) sums[channel] += pixels[(y * width + x) * channels + channel] ?? 0;
    }
  }
  return sums;
}
