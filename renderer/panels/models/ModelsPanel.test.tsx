import { screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setModelLibrary, useModels } from '../../stores/models.ts';
import { useUi } from '../../stores/ui.ts';
import { exampleModel } from '../../testing/examples.ts';
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
      problem: 'unet/config.json is missing',
    });
    setModelLibrary({ state: 'ready', models: [broken, exampleModel()] });
    renderInWindow(<ModelsPanel />);
    const rows = screen.getAllByRole('listitem');
    expect(rows.map((row) => row.getAttribute('aria-label'))).toEqual(['Starter', 'Broken']);
    expect(rows[0]?.textContent).toContain('Stable Diffusion 1.5 · fp16 · 52 MiB');
    expect(rows[1]?.textContent).toContain('unet/config.json is missing');
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
