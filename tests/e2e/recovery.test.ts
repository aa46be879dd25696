import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { AppWindow, PATIENCE } from './support/app-window.ts';
import { appCommand, launchApp, makeHome, removeHome, type TestApp } from './support/launch.ts';

let home: string;
let app: TestApp | null = null;

afterEach(async () => {
  await app?.end();
  app = null;
  await removeHome(home);
});

const documentWith = (prompt: string) =>
  JSON.stringify({
    format: 'headroom-workflow',
    version: 1,
    nodes: { generate: { type: 'image_generate', inputs: { prompt } } },
    edges: [],
  });

test('an engine that cannot work says why, and works when the settings allow it', async () => {
  home = await makeHome({ device: 'coreml' });
  app = await launchApp(home);
  const window = new AppWindow(app);
  const alert = window.page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.textContent()).toMatch(/coreml/i);
  await window.node('generate').waitFor({ state: 'detached' });
  await window.call('settings:set', { device: 'cpu' });
  await window.engineIn('ready');
  await alert.waitFor({ state: 'detached' });
  await window.node('generate').waitFor();
});

test('a document named at the start is opened, and so is one named at a second start', async () => {
  home = await makeHome();
  const [first, second] = [join(home, 'first.json'), join(home, 'second.json')];
  await writeFile(first, documentWith('first'));
  await writeFile(second, documentWith('second'));
  app = await launchApp(home, { parameters: [first] });
  const window = new AppWindow(app);
  const prompt = window.field('generate', 'Prompt');
  await expect.poll(() => prompt.inputValue(), PATIENCE).toBe('first');
  const { executablePath, args } = appCommand(home, { parameters: [second] });
  // It hands the name over to the app that runs, and ends.
  await promisify(execFile)(executablePath, args);
  await expect.poll(() => prompt.inputValue(), PATIENCE).toBe('second');
});

test('damaged settings, queue and documents are told, and the app starts without them', async () => {
  home = await makeHome();
  await writeFile(join(home, 'user-data', 'settings.json'), '{"theme":');
  await writeFile(join(home, 'user-data', 'queue.json'), '[]');
  await writeFile(join(home, 'user-data', 'window.json'), 'x');
  const file = join(home, 'broken.json');
  await writeFile(file, documentWith('x').replace('"version":1', '"version":99'));
  app = await launchApp(home, { parameters: [file] });
  const window = new AppWindow(app);
  await window.engineIn('ready');
  for (const words of [/settings are back at their defaults/, /queue is empty/, /version 99/]) {
    await window.page.getByText(words).first().waitFor();
  }
  await window.node('generate').waitFor();
});

test('a page that crashes is loaded again with its unsaved changes, and a run goes on meanwhile', async () => {
  home = await makeHome();
  const file = join(home, 'mine.json');
  app = await launchApp(home);
  const window = new AppWindow(app);
  await window.answerDialogs({ save: file });
  await window.fill('generate', 'Prompt', 'snowman');
  await window.button('Save').click();
  await expect
    .poll(() => app?.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle()))
    .toMatch(/mine/);
  const { id } = await window.run();
  await window.denoising();
  await window.fill('generate', 'Prompt', 'snowman in a hat');
  await expect.poll(() => window.page.evaluate(() => JSON.stringify(localStorage))).toMatch(/in a hat/);
  await app.electron.evaluate(({ BrowserWindow }) => {
    setImmediate(() => BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer());
  });
  // Playwright has lost its page for good; Electron has not. A script that meets the page while it is gone never answers.
  const inPage = (script: string) =>
    app?.electron.evaluate(({ BrowserWindow }, code) => {
      const answer = BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(code);
      const patience = new Promise((resolve) => setTimeout(resolve, 1_000, null));
      return Promise.race([answer?.catch(() => null), patience]);
    }, script);
  await expect.poll(() => inPage('document.body.innerText'), PATIENCE).toMatch(/was loaded again/);
  await expect.poll(() => inPage('document.querySelector("textarea")?.value'), PATIENCE).toBe('snowman in a hat');
  const state = `window.app.call('queue:list').then((jobs) => jobs.find(({ id }) => id === '${id}'))`;
  await expect.poll(() => inPage(state), PATIENCE).toMatchObject({ state: 'done', attempts: 1 });
});
