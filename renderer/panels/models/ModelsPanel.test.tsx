import { act, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelEstimate } from '../../../engine/contract/estimate.ts';
import { setEngineMemory, setEngineStatus } from '../../stores/engine.ts';
import { setEstimate } from '../../stores/estimate.ts';
import { setModelLibrary, useModels } from '../../stores/models.ts';
import { useUi } from '../../stores/ui.ts';
import { exampleEngineMemory, exampleEstimate, exampleModel } from '../../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../../testing/fake-app.ts';
import { renderInWindow, resetWindow } from '../../testing/render.tsx';
import { ModelsPanel } from './ModelsPanel.tsx';

let app: FakeApp;

beforeEach(() => {
  app = installFakeApp();
});

afterEach(resetWindow);

describe('ModelsPanel', () => {
  it('lists the usable models first, and says of the others what is wrong', () => {
    const broken = exampleModel({
      id: 'broken',
      title: 'Broken',
      familyTitle: null,
      precision: null,
      usable: false,
      path: '/models/broken.safetensors',
      problem: '/models/broken.safetensors is truncated',
    });
    setModelLibrary({ state: 'ready', models: [broken, exampleModel()] });
    renderInWindow(<ModelsPanel />);
    const rows = screen.getAllByRole('listitem');
    expect(rows.map((row) => row.getAttribute('aria-label'))).toEqual(['Starter', 'Broken']);
    expect(rows[0]?.textContent).toContain('Stable Diffusion 1.5 · fp16 · 52 MiB');
    expect(rows[1]?.textContent).toMatch(/^BrokenNot usable52 MiBIt is truncated$/);
    expect(screen.getByText('2 models, 1 usable')).toBeTruthy();
  });

  it('shows what is used with models in groups of its own', () => {
    const lora = exampleModel({ id: 'ink', kind: 'lora', title: 'Ink', familyTitle: null, precision: null });
    const part = exampleModel({ id: 'fix', kind: 'vae', title: 'Fix', familyTitle: null, precision: null });
    const bare = exampleModel({
      id: 'bare',
      title: 'Bare',
      usable: false,
      needs: ['vae'],
      problem: 'It has no vae: choose it in Load Model.',
    });
    setModelLibrary({ state: 'ready', models: [lora, part, bare, exampleModel()] });
    renderInWindow(<ModelsPanel />);
    const names = (group: string) =>
      within(screen.getByRole('list', { name: group }))
        .getAllByRole('listitem')
        .map((row) => row.getAttribute('aria-label'));
    expect(names('Models')).toEqual(['Starter', 'Bare']);
    expect(names('VAEs and text encoders')).toEqual(['Fix']);
    expect(names('LoRAs')).toEqual(['Ink']);
    expect(screen.getByRole('listitem', { name: 'Bare' }).textContent).toContain('Needs parts');
    expect(screen.getByRole('listitem', { name: 'Ink' }).textContent).toContain('LoRA · 52 MiB');
    expect(screen.getByText('2 models, 1 usable')).toBeTruthy();
  });

  it('says of one model after the other what it needs, in the colour of whether that fits', async () => {
    const GIB = 1024 ** 3;
    const needs: Record<string, ModelEstimate> = {
      starter: { width: 256, height: 256, undegradedBytes: GIB, leastBytes: GIB / 2, budgetBytes: 8 * GIB },
      xl: { width: 1024, height: 1024, undegradedBytes: 9.4 * GIB, leastBytes: 1.3 * GIB, budgetBytes: 8 * GIB },
      wide: { width: 2048, height: 1024, undegradedBytes: 30 * GIB, leastBytes: 9 * GIB, budgetBytes: 8 * GIB },
    };
    app.answer('models:estimate', ({ id }) => {
      const estimate = needs[id];
      if (!estimate) throw new Error('its files are gone');
      return estimate;
    });
    setEngineStatus({ state: 'ready', pid: 1, device: 'CUDA', runtime: '1' });
    const models = ['gone', ...Object.keys(needs)].map((id) => exampleModel({ id, title: id }));
    const lora = exampleModel({ id: 'ink', kind: 'lora', title: 'ink' });
    const broken = exampleModel({ id: 'broken', title: 'broken', usable: false });
    setModelLibrary({ state: 'ready', models: [...models, lora, broken] });
    renderInWindow(<ModelsPanel />);
    const line = async (text: string) => (await screen.findByText(text)).className;
    expect(await line('256 px: 1.0 GiB, at least 512 MiB')).toContain('text-success');
    expect(await line('1024 px: 9.4 GiB, at least 1.3 GiB')).toContain('text-warning');
    expect(await line('2048 × 1024 px: 30.0 GiB, at least 9.0 GiB')).toContain('text-danger');
    expect(app.parametersOf('models:estimate').map(({ id }) => id)).toEqual(['gone', 'starter', 'xl', 'wide']);
    // What is free changes: the document's estimate knows.
    act(() => setEstimate(exampleEstimate({ budgetBytes: 16 * GIB })));
    expect(await line('1024 px: 9.4 GiB, at least 1.3 GiB')).toContain('text-success');
  });

  it('asks for no estimates while the engine works', async () => {
    app.answer('models:estimate', () => ({
      width: 8,
      height: 8,
      undegradedBytes: 2,
      leastBytes: 1,
      budgetBytes: null,
    }));
    const process = { pid: 1, device: 'CPU', runtime: '1' };
    setEngineStatus({ state: 'busy', lease: null, since: 0, ...process });
    setModelLibrary({ state: 'ready', models: [exampleModel()] });
    renderInWindow(<ModelsPanel />);
    expect(app.parametersOf('models:estimate')).toEqual([]);
    act(() => setEngineStatus({ state: 'ready', ...process }));
    expect((await screen.findByText('8 px: 2 B, at least 1 B')).className).toContain('text-soft');
  });

  it('asks again once a run has taught the engine better, and shows the old figures until then', async () => {
    let undegradedBytes = 2;
    app.answer('models:estimate', () => {
      return { width: 8, height: 8, undegradedBytes, leastBytes: 1, budgetBytes: null };
    });
    const process = { pid: 1, device: 'CPU', runtime: '1' };
    setEngineStatus({ state: 'ready', ...process });
    setModelLibrary({ state: 'ready', models: [exampleModel()] });
    renderInWindow(<ModelsPanel />);
    await screen.findByText('8 px: 2 B, at least 1 B');
    undegradedBytes = 3;
    act(() => setEngineStatus({ state: 'busy', lease: null, since: 0, ...process }));
    act(() => setEngineMemory(exampleEngineMemory({ learnedAt: 5 })));
    expect(screen.getByText('8 px: 2 B, at least 1 B')).toBeTruthy();
    act(() => setEngineStatus({ state: 'ready', ...process }));
    await screen.findByText('8 px: 3 B, at least 1 B');
    act(() => setEngineMemory(exampleEngineMemory({ learnedAt: 5 })));
    expect(app.parametersOf('models:estimate')).toHaveLength(2);
  });

  it('shows a model where it lies', async () => {
    app.answer('app:show-in-folder', () => undefined);
    setModelLibrary({ state: 'ready', models: [exampleModel()] });
    const { user } = renderInWindow(<ModelsPanel />);
    await user.click(screen.getByRole('button', { name: 'Show Starter in its folder' }));
    expect(app.parametersOf('app:show-in-folder')).toEqual([{ path: '/models/starter' }]);
  });

  it('leads to the settings when there are none', async () => {
    setModelLibrary({ state: 'ready', models: [] });
    const { user } = renderInWindow(<ModelsPanel />);
    await user.click(screen.getByRole('button', { name: 'Add a models folder' }));
    expect(useUi.getState().settingsOpen).toBe(true);
  });

  it('tells why the list could not be had, and asks again', async () => {
    setModelLibrary({ state: 'failed', message: 'the engine does not run' });
    app.answer('models:list', () => [exampleModel()]);
    const { user } = renderInWindow(<ModelsPanel />);
    expect(screen.getByText('the engine does not run')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Starter')).toBeTruthy();
    expect(useModels.getState().library.state).toBe('ready');
  });
});
