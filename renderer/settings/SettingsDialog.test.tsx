import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setEngineStatus } from '../stores/engine.ts';
import { setAppInfo, setSettings, useSettings } from '../stores/settings.ts';
import { setSettingsOpen } from '../stores/ui.ts';
import { exampleMemorySettings, exampleSettings } from '../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../testing/fake-app.ts';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { Toaster } from '../ui/Toaster.tsx';
import { SettingsDialog } from './SettingsDialog.tsx';

const settings = exampleSettings({ modelFolders: ['/models/a'] });
let app: FakeApp;

beforeEach(() => {
  app = installFakeApp()
    .answer('settings:set', (change) => ({ ...useSettings.getState().settings!, ...change }))
    .answer('engine:memory-settings', () => exampleMemorySettings())
    .answer('engine:kept-weights', () => ({ folder: '/state/derived-weights', bytes: 24 * 2 ** 30 }));
  setEngineStatus({ state: 'ready', pid: 1, device: 'CUDA', runtime: '1' });
  setSettings(settings);
  setAppInfo({ version: '0.1.0', platform: 'linux', electron: '41', bundledModels: '/bundled', testing: true });
  setSettingsOpen(true);
});

afterEach(resetWindow);

function renderDialog() {
  return renderInWindow(
    <>
      <SettingsDialog />
      <Toaster theme="dark" />
    </>,
  );
}

describe('SettingsDialog', () => {
  it('changes the theme at once', async () => {
    const { user } = renderDialog();
    await user.click(screen.getByRole('radio', { name: 'Light' }));
    expect(app.parametersOf('settings:set')).toEqual([{ theme: 'light' }]);
    await waitFor(() => expect(useSettings.getState().settings?.theme).toBe('light'));
  });

  it('adds a chosen models folder, and nothing when the person thinks better of it', async () => {
    app.answer('app:choose-folder', () => null);
    const { user } = renderDialog();
    await user.click(screen.getByRole('button', { name: 'Add' }));
    expect(app.parametersOf('settings:set')).toEqual([]);
    app.answer('app:choose-folder', () => '/models/b');
    await user.click(screen.getByRole('button', { name: 'Add' }));
    await waitFor(() =>
      expect(app.parametersOf('settings:set')).toEqual([{ modelFolders: ['/models/a', '/models/b'] }]),
    );
    expect(await screen.findByText('/models/b')).toBeTruthy();
  });

  it('says what prepared weights take of the disk, and deletes them', async () => {
    app.answer('engine:delete-kept-weights', () => ({ folder: '/state/derived-weights', bytes: 0 }));
    const { user } = renderDialog();
    expect(await screen.findByText('24.0 GiB')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Delete prepared weights' }));
    expect(await screen.findByText('0 B')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Delete prepared weights' }).hasAttribute('disabled')).toBe(true);
  });

  it('keeps prepared weights that cannot be deleted now, and says why', async () => {
    app.answer('engine:delete-kept-weights', () => {
      throw new Error('A run is at work, which may need them.');
    });
    const { user } = renderDialog();
    await screen.findByText('24.0 GiB');
    await user.click(screen.getByRole('button', { name: 'Delete prepared weights' }));
    expect(await screen.findByText('A run is at work, which may need them.')).toBeTruthy();
    expect(screen.getByText('24.0 GiB')).toBeTruthy();
  });

  it('removes a models folder, but never the one that comes with the app', async () => {
    const { user } = renderDialog();
    expect(screen.getByText('/bundled')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Remove /bundled' })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Remove /models/a' }));
    expect(app.parametersOf('settings:set')).toEqual([{ modelFolders: [] }]);
  });

  it('changes where pictures are saved', async () => {
    app.answer('app:choose-folder', () => '/pictures');
    const { user } = renderDialog();
    await user.click(screen.getByRole('button', { name: 'Change' }));
    expect(await screen.findByText('/pictures')).toBeTruthy();
  });

  it('changes when the engine gives memory back', async () => {
    const { user } = renderDialog();
    await user.click(screen.getByRole('combobox', { name: 'Clear the cache' }));
    await user.click(screen.getByRole('option', { name: /^Never/ }));
    expect(app.parametersOf('settings:set')).toEqual([{ cacheClearing: 'never' }]);
  });

  it.each([
    ['0', /^Memory limit must be a number of GiB above 0/],
    ['-2', /^Memory limit must be a number of GiB above 0/],
    ['much', /^Memory limit must be a number of GiB above 0/],
    ['8.5', /^Memory limit must be at most the 8 GiB that the device has/],
  ])('refuses a memory limit of %s with words, and changes nothing', async (typed, words) => {
    const { user } = renderDialog();
    await screen.findByText('1.25 ×'); // The engine has said how large its device is.
    await user.type(screen.getByRole('textbox', { name: 'Memory limit' }), `${typed}{Enter}`);
    expect(screen.getByRole('alert').textContent).toMatch(words);
    await user.tab();
    expect(app.parametersOf('settings:set')).toEqual([]);
    await user.clear(screen.getByRole('textbox', { name: 'Memory limit' }));
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('takes a memory limit over, and lets it go when the field is emptied', async () => {
    const { user } = renderDialog();
    const field = screen.getByRole('textbox', { name: 'Memory limit' });
    await user.type(field, '6.5{Enter}');
    expect(app.parametersOf('settings:set')).toEqual([{ memoryLimitBytes: 6.5 * 1024 ** 3 }]);
    await waitFor(() => expect(field).toHaveProperty('value', '6.5'));
    await user.clear(field);
    await user.tab();
    expect(app.parametersOf('settings:set').at(-1)).toEqual({ memoryLimitBytes: null });
  });

  it('changes what is kept free, and how the arena grows', async () => {
    const { user } = renderDialog();
    const field = screen.getByRole('textbox', { name: 'Kept free' });
    await waitFor(() => expect(field).toHaveProperty('placeholder', 'Automatic (0.5)'));
    await user.type(field, '-1{Enter}');
    expect(screen.getByRole('alert').textContent).toMatch(/^Kept free must be a number of GiB/);
    await user.clear(field);
    await user.type(field, '0{Enter}');
    await user.click(screen.getByRole('combobox', { name: 'The arena grows' }));
    await user.click(screen.getByRole('option', { name: 'By doubling' }));
    expect(app.parametersOf('settings:set')).toEqual([{ keptFreeBytes: 0 }, { extendStrategy: 'kNextPowerOfTwo' }]);
  });

  it('shows what is in force: the allocator, and the environment of the driver', async () => {
    renderDialog();
    await screen.findByText('kSameAsRequested');
    const value = (name: string) => screen.getByText(name).nextSibling?.textContent;
    expect(value('max_dead_bytes_per_chunk')).toBe('256 KiB');
    expect(value('Arena limit (max_mem)')).toBe('none');
    expect(value('CUDA_VISIBLE_DEVICES')).toBe('1');
    expect(value('NVIDIA_TF32_OVERRIDE')).toBe('not set');
    // Another engine may work under something else.
    app.answer('engine:memory-settings', () => exampleMemorySettings({ limitBytes: 6 * 1024 ** 3 }));
    act(() => setEngineStatus({ state: 'ready', pid: 2, device: 'CUDA', runtime: '1' }));
    await waitFor(() => expect(value('Arena limit (max_mem)')).toBe('6.0 GiB'));
  });

  it('tells why a setting could not be changed, and keeps the old one', async () => {
    app.answer('settings:set', () => {
      throw new Error('settings.json cannot be written: the disk is full');
    });
    const { user } = renderDialog();
    await user.click(screen.getByRole('radio', { name: 'Light' }));
    expect(await screen.findByText('settings.json cannot be written: the disk is full')).toBeTruthy();
    expect(useSettings.getState().settings?.theme).toBe('dark');
  });
});
