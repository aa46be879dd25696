import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';

const root = resolve(import.meta.dirname, '../../..');

/** An app under test. */
export interface TestApp {
  electron: ElectronApplication;
  page: Page;
  /** Where saved pictures go. */
  results: string;
  /** Errors that the page threw or logged. */
  pageErrors: string[];
  /** Ends the app however it is, and waits until it is gone. */
  end(): Promise<void>;
}

export interface LaunchOptions {
  /** A packaged app's executable; without it the built app (`out/`) runs in the development Electron. */
  executable?: string;
  /** More arguments, such as a document. */
  parameters?: string[];
}

/**
 * A folder that stands for a person's, with settings, queue and previews in it: launched again with it, the app continues
 * where it was. To be removed by `removeHome`.
 */
export async function makeHome(settings: object = {}): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'headroom-e2e-'));
  const userData = join(home, 'user-data');
  await mkdir(userData);
  // The CPU is the one device that every machine has, and slow enough that a run can be met in its middle.
  const all = { resultsFolder: join(home, 'results'), device: 'cpu', ...settings };
  await writeFile(join(userData, 'settings.json'), JSON.stringify(all));
  return home;
}

export async function removeHome(home: string): Promise<void> {
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
}

/** The program and the arguments that start the app. */
export function appCommand(home: string, { executable, parameters = [] }: LaunchOptions = {}) {
  return {
    executablePath: executable ?? developmentRuntime(),
    args: [
      // Chromium's sandbox does not work for root, nor in most containers.
      ...(process.platform === 'linux' ? ['--no-sandbox'] : []),
      `--user-data-dir=${join(home, 'user-data')}`,
      ...(executable ? [] : [root]),
      ...parameters,
    ],
  };
}

/** Starts the app and waits for its page. */
export async function launchApp(home: string, options: LaunchOptions = {}): Promise<TestApp> {
  const electron = await _electron.launch({
    ...appCommand(home, options),
    env: { ...environment(), HEADROOM_E2E: '1' },
  });
  const output: string[] = [];
  for (const stream of [electron.process().stdout, electron.process().stderr]) {
    stream?.on('data', (data: Buffer) => output.push(data.toString()));
  }
  const page = await electron.firstWindow().catch((error) => {
    throw new Error(`The app opened no window. It said:\n${output.join('')}`, { cause: error });
  });
  const pageErrors: string[] = [];
  page.on('pageerror', (error) => pageErrors.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') pageErrors.push(message.text());
  });
  await page.waitForLoadState('load');
  return { electron, page, results: join(home, 'results'), pageErrors, end: () => endApp(electron) };
}

async function endApp(electron: ElectronApplication): Promise<void> {
  const child = electron.process();
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  // Not through the window: a test that failed may have left unsaved changes, and nobody answers the question.
  child.kill('SIGKILL');
  await gone;
}

/** Outside Electron, its package is the path of its program; build/e2e-setup.ts has told it where that is. */
function developmentRuntime(): string {
  if (!existsSync(join(root, 'out', 'main', 'main.cjs'))) throw new Error('The app is not built: run `npm run build`.');
  return createRequire(import.meta.url)('electron');
}

function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
