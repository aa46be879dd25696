import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setAppInfo, setSettings, useSettings } from '../stores/settings.ts';
import { setSettingsOpen } from '../stores/ui.ts';
import { exampleSettings } from '../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../testing/fake-app.ts';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { Toaster } from '../ui/Toaster.tsx';
import { SettingsDialog } from './SettingsDialog.tsx';

const settings = exampleSettings({ modelFolders: ['/models/a'] });
let app: FakeApp;

beforeEach(() => {
  app = installFakeApp().answer('settings:set', (change) => ({ ...useSettings.getState().settings!, ...change }));
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
