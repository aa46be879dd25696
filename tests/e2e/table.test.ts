import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppWindow, PATIENCE } from './support/app-window.ts';
import { launchApp, makeHome, removeHome, type TestApp } from './support/launch.ts';
import { screenshot } from './support/screenshots.ts';

const example = resolve(import.meta.dirname, '../../resources/workflows/prompt-table.json');

let home: string;
let app: TestApp;
let window: AppWindow;

beforeEach(async () => {
  home = await makeHome();
  const document = JSON.parse(await readFile(example, 'utf8'));
  // Enough to meet a run in its middle, and no more.
  document.nodes.generate.inputs.steps = 10;
  const file = join(home, 'prompts.json');
  await writeFile(file, JSON.stringify(document));
  app = await launchApp(home, { parameters: [file] });
  window = new AppWindow(app);
  await window.engineIn('ready');
  await window.field('table', 'Rows').click();
  await grid().waitFor();
});
afterEach(async () => {
  await app.end();
  await removeHome(home);
});

const grid = () => window.page.getByRole('grid', { name: 'Table' });
const cell = (title: string, row: number) =>
  grid().getByRole('gridcell', { name: `${title}, row ${row}`, exact: true });
const rowsThatAre = (state: string) => grid().getByRole('rowheader', { name: new RegExp(`^Row \\d+: ${state}`) });

test('a table is drawn row by row, and each row has one picture although the engine was killed on the way', async () => {
  const { id } = await window.run();
  await expect.poll(() => rowsThatAre('done').count(), PATIENCE).toBeGreaterThan(0);
  process.kill(await window.denoising(), 'SIGKILL');
  await screenshot(window.page, 'table-running');
  const job = await window.jobIn(id, 'done');
  expect(job).toMatchObject({ attempts: 2, table: { rows: 5, done: 5, failed: 0 } });
  await expect.poll(() => rowsThatAre('done').count(), PATIENCE).toBe(5);
  await expect.poll(() => grid().getByRole('button', { name: 'View picture 1 of this row' }).count()).toBe(5);
  const files = (await readdir(app.results)).toSorted();
  expect(files.map((file) => /^table-(\d{4})-[0-9a-f]{12}\.png$/.exec(file)?.[1])).toEqual([
    '0001',
    '0002',
    '0003',
    '0004',
    '0005',
  ]);
  expect(job.images.map(({ path }) => path).toSorted()).toEqual(files.map((file) => join(app.results, file)));
  await screenshot(window.page, 'table');
  expect(app.pageErrors).toEqual([]);
});

test('a table is typed, undone, imported, refused and exported', async () => {
  await cell('Prompt', 1).click();
  await window.page.keyboard.type('blue "fish", on sand');
  await window.page.keyboard.press('Enter');
  await expect.poll(() => cell('Prompt', 1).textContent()).toBe('blue "fish", on sand');
  await window.page.keyboard.press('Control+z');
  await expect.poll(() => cell('Prompt', 1).textContent()).toMatch(/^red apple/);
  await window.page.keyboard.press('Control+y');

  const [csv, wrong] = [join(home, 'out.csv'), join(home, 'wrong.csv')];
  await window.answerDialogs({ save: csv });
  await window.button('Export CSV').click();
  await expect.poll(() => readFile(csv, 'utf8').catch(() => ''), PATIENCE).toContain('"blue ""fish"", on sand"');

  await writeFile(wrong, 'prompt,seed\napple,1\npear,many\n');
  await window.answerDialogs({ open: wrong });
  await window.button('Import CSV').click();
  await window.page.getByText(/Row 2 \(line 3\), column seed must be a whole number, not "many"/).waitFor();
  expect(await grid().getAttribute('aria-rowcount')).toBe('7');

  const many = Array.from({ length: 10_000 }, (_, row) => `"prompt ${row}, ""quoted""",${row}`);
  await writeFile(wrong, `prompt,seed\n${many.join('\n')}\n`);
  await window.button('Import CSV').click();
  await expect.poll(() => grid().getAttribute('aria-rowcount'), PATIENCE).toBe('10002');
  await grid().focus();
  await window.page.keyboard.press('Control+End');
  await window.page.keyboard.press('ArrowUp');
  await expect.poll(() => cell('Prompt', 10_000).textContent(), PATIENCE).toBe('prompt 9999, "quoted"');
  // Only what is in sight is drawn.
  expect(await grid().getByRole('row').count()).toBeLessThan(80);
  await window.page.keyboard.press('Control+z');
  await expect.poll(() => grid().getAttribute('aria-rowcount'), PATIENCE).toBe('7');
  expect(app.pageErrors).toEqual([]);
});
