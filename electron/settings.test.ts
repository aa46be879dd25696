import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SettingsStore } from './settings.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-settings-'));
  file = path.join(folder, 'deeper', 'settings.json');
});
afterEach(() => rm(folder, { recursive: true }));

async function load() {
  const settings = new SettingsStore(file, '/pictures/Headroom');
  return { settings, problem: await settings.load() };
}

test('starts from the defaults, keeps what is changed, and tells it', async () => {
  const { settings, problem } = await load();
  expect(problem).toBeNull();
  expect(settings.current).toEqual({
    theme: 'dark',
    modelFolders: [],
    resultsFolder: '/pictures/Headroom',
    device: 'auto',
    cacheClearing: 'auto',
    memoryLimitBytes: null,
    keptFreeBytes: null,
    extendStrategy: 'kSameAsRequested',
  });
  const told: unknown[] = [];
  settings.onChange.listen((current) => told.push(current));
  const changed = await settings.change({ device: 'cpu', modelFolders: ['/models'] });
  expect(told).toEqual([changed]);
  expect((await load()).settings.current).toEqual({ ...settings.current, device: 'cpu', modelFolders: ['/models'] });
  // Only what differs is kept, so that a better default reaches those who never chose.
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ device: 'cpu', modelFolders: ['/models'] });
});

test.each(['', '{"theme": "dark"', '{"theme": "purple"}', '{"memoryLimitBytes": -1}', '[]', 'null'])(
  'a broken file (%s) is set aside',
  async (text) => {
    const { settings } = await load();
    await settings.change({ theme: 'light' });
    await writeFile(file, text);
    const { settings: fresh, problem } = await load();
    expect(problem).toMatch(/defaults.*damaged.*broken-/s);
    expect(fresh.current.theme).toBe('dark');
    const [aside, ...others] = await readdir(path.dirname(file));
    expect(others).toEqual([]);
    expect(await readFile(path.join(path.dirname(file), aside!), 'utf8')).toBe(text);
  },
);
