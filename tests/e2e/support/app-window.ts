import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type {
  AppApi,
  CallName,
  CallParameter,
  CallResults,
  EngineStatus,
  Job,
} from '../../../electron/ipc/contract.ts';
import type { TestApp } from './launch.ts';

/** A run on a slow machine that does other things as well. */
export const PATIENCE = { timeout: 120_000, interval: 100 } as const;

/** The window as a person finds their way in it: by the names and roles of what they see. */
export class AppWindow {
  readonly page: Page;
  private readonly app: TestApp;

  constructor(app: TestApp) {
    this.app = app;
    this.page = app.page;
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  node(id: string): Locator {
    return this.page.locator(`.react-flow__node[data-id="${id}"]`);
  }

  /** A node's widget, by its title. */
  field(nodeId: string, title: string): Locator {
    return this.node(nodeId).getByLabel(title, { exact: true });
  }

  /** Fills a field and leaves it, so that the change is one step of the history. */
  async fill(nodeId: string, title: string, value: string): Promise<void> {
    const field = this.field(nodeId, title);
    await field.fill(value);
    await field.blur();
  }

  pictures(nodeId: string): Locator {
    return this.node(nodeId).getByRole('button', { name: /^Open picture/ });
  }

  /** One of the window's own calls, for what no person sees, such as a process id. */
  async call<Name extends CallName>(
    name: Name,
    ...parameter: CallParameter<Name> extends void ? [] : [CallParameter<Name>]
  ): Promise<CallResults[Name]> {
    return (await this.page.evaluate(
      ([called, value]) =>
        (window as unknown as { app: { call(name: string, value: unknown): Promise<unknown> } }).app.call(
          called,
          value,
        ),
      [name, parameter[0]] as const,
    )) as Awaited<ReturnType<AppApi['call']>> as CallResults[Name];
  }

  /** Waits until the engine works or waits for work, and gives its process id. */
  async engineIn(state: 'ready' | 'busy', met: (status: EngineStatus) => boolean = () => true): Promise<number> {
    let pid = 0;
    await expect
      .poll(async () => {
        const status = await this.call('engine:status');
        if (status.state === state && met(status)) pid = status.pid;
        return pid !== 0 || status;
      }, PATIENCE)
      .toBe(true);
    return pid;
  }

  /** The job that was added last. */
  async lastJob(): Promise<Job> {
    const job = (await this.call('queue:list')).reduce<Job | null>(
      (last, next) => (last && last.createdAt > next.createdAt ? last : next),
      null,
    );
    if (!job) throw new Error('The queue is empty.');
    return job;
  }

  /** Presses Run and waits until the job is there. */
  async run(): Promise<Job> {
    const before = (await this.call('queue:list')).length;
    await this.button('Run').click();
    await expect.poll(async () => (await this.call('queue:list')).length, PATIENCE).toBe(before + 1);
    return await this.lastJob();
  }

  async jobIn(jobId: string, state: Job['state']): Promise<Job> {
    const find = async () => (await this.call('queue:list')).find(({ id }) => id === jobId);
    await expect.poll(async () => (await find())?.state, PATIENCE).toBe(state);
    const job = await find();
    if (!job) throw new Error(`Job ${jobId} is gone.`);
    return job;
  }

  /** The most that runs were seen to take beside the weights, in bytes, in the samples since a moment. */
  async activationsSince(time: number): Promise<number> {
    const samples = (await this.call('monitor:history')).filter((sample) => sample.time > time);
    const taken = samples.map(({ engine }) => {
      const weightBytes = (engine?.weights ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
      return (engine?.arena?.inUseBytes ?? 0) - weightBytes;
    });
    return Math.max(0, ...taken);
  }

  /** Waits until a step of the denoiser is under way. */
  async denoising(): Promise<number> {
    return await this.engineIn('busy', (status) => status.state === 'busy' && /step/.test(status.lease?.what ?? ''));
  }

  /** Has the next dialogs answer without being shown: paths for files, a number for a button. */
  async answerDialogs(answers: { open?: string; save?: string; message?: number }): Promise<void> {
    await this.app.electron.evaluate(({ dialog }, { open, save, message }) => {
      dialog.showOpenDialog = async () => ({
        canceled: open === undefined,
        filePaths: open === undefined ? [] : [open],
      });
      dialog.showSaveDialog = async () => ({ canceled: save === undefined, filePath: save ?? '' });
      dialog.showMessageBox = async () => ({ response: message ?? 0, checkboxChecked: false });
    }, answers);
  }

  /** As if the person had closed the window. */
  async pressClose(): Promise<void> {
    await this.app.electron.evaluate(({ BrowserWindow }) => {
      // Later: the answer must get out before the app ends.
      setImmediate(() => BrowserWindow.getAllWindows()[0]?.close());
    });
  }

  async isOpen(): Promise<boolean> {
    return await this.app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length > 0);
  }
}
