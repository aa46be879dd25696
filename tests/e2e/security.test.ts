import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchApp, makeHome, removeHome, type TestApp } from './support/launch.ts';

let home: string;
let app: TestApp;

beforeAll(async () => {
  home = await makeHome();
  app = await launchApp(home);
});
afterAll(async () => {
  await app.end();
  await removeHome(home);
});

/** Evaluates in the page as a script of its own would, by Chromium itself: Playwright's own way is not held to the policy. */
async function inPage<T>(script: string): Promise<T> {
  return await app.electron.evaluate(
    ({ BrowserWindow }, code) => BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(code),
    script,
  );
}

test('the page has nothing of Node or Electron but its one door', async () => {
  expect(await inPage('[typeof require, typeof process, typeof module]')).toEqual(Array(3).fill('undefined'));
  expect(await inPage('Object.keys(window.app).sort()')).toEqual(['call', 'on', 'pathOf']);
  expect(
    await app.electron.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      const { sandbox, contextIsolation, nodeIntegration, webSecurity } = contents.getLastWebPreferences();
      return { sandbox, contextIsolation, nodeIntegration, webSecurity };
    }),
  ).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true });
});

test('the page reaches no network, no file and no picture that no run made', async () => {
  const fetched = (url: string) => inPage(`fetch('${url}').then((r) => r.status, () => 'refused')`);
  const shown = (url: string) =>
    inPage(`new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve('shown');
      image.onerror = () => resolve('refused');
      image.src = '${url}';
    })`);
  expect(await fetched('https://example.com/')).toBe('refused');
  expect(await fetched('file:///etc/hostname')).toBe('refused');
  for (const path of [
    '..%2f..%2fpackage.json',
    '%2e%2e/%2e%2e/package.json',
    '../main/main.cjs',
    'index.html%00',
    '%',
  ]) {
    expect([400, 404, 'refused']).toContain(await fetched(`app://headroom/${path}`));
  }
  expect(await shown('headroom-image://picture/0')).toBe('refused');
  expect(await shown(`headroom-image://picture/..%2f..%2f..%2fetc%2fhostname`)).toBe('refused');
  expect(await fetched('app://headroom/index.html')).toBe(200);
});

test('the page can neither run text as code, nor go elsewhere, nor open a window', async () => {
  await inPage(`{
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.head.append(script);
    setTimeout('window.evaluated = true', 0);
    window.opened = window.open('https://example.com/');
    location.href = 'https://example.com/';
  }`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await inPage('[window.injected, window.evaluated, window.opened]')).toEqual([undefined, undefined, null]);
  expect(await inPage('location.href')).toBe('app://headroom/index.html');
  expect(await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

test('permissions are refused', async () => {
  expect(
    await inPage(`Promise.all([
      navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'granted', () => 'refused'),
      Notification.requestPermission(),
    ])`),
  ).toEqual(['refused', 'denied']);
});

test('calls in a wrong form are answered with a message, without a stack', async () => {
  const failure = (call: string) =>
    inPage<string>(`window.app.call(${call}).then(() => 'answered', (error) => error.message)`);
  expect(await failure(`'queue:cancel', { jobId: 7 }`)).toMatch(/^queue:cancel was called in a wrong form: .*jobId$/s);
  expect(await failure(`'queue:cancel', { jobId: 'gone' }`)).toBe('This job is not in the queue any more.');
  expect(await failure(`'settings:set', { theme: 'purple' }`)).toMatch(/theme$/);
  expect(await failure(`'nonsense'`)).toMatch(/nonsense/);
});

test('the page cannot write to a file that the person did not choose', async () => {
  await app.electron.evaluate(({ dialog }) => {
    dialog.showSaveDialog = async () => ({ canceled: true, filePath: '' });
  });
  const workflow = `{ format: 'headroom-workflow', version: 1, nodes: {}, edges: [] }`;
  const path = JSON.stringify(`${home}/never.json`);
  expect(await inPage(`window.app.call('workflow:save', { path: ${path}, workflow: ${workflow} })`)).toEqual({
    outcome: 'cancelled',
  });
  expect(await readdir(home)).toEqual(['user-data']);
});
