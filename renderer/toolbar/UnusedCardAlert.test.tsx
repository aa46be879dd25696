import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { setEngineStatus } from '../stores/engine.ts';
import { addSamples } from '../stores/monitor.ts';
import { setJobs } from '../stores/queue.ts';
import { setAppInfo, setSettings } from '../stores/settings.ts';
import { exampleGpu, exampleJob, exampleSample, exampleSettings } from '../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../testing/fake-app.ts';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { Toaster } from '../ui/Toaster.tsx';
import { UnusedCardAlert } from './UnusedCardAlert.tsx';

let app: FakeApp;
const onProcessor = { state: 'ready', pid: 1, device: 'CPU (some, 8 threads)', runtime: 'onnxruntime' } as const;

beforeEach(() => {
  app = installFakeApp().answer('engine:restart', () => {});
  setAppInfo({ version: '0.1.0', platform: 'linux', electron: '41', bundledModels: '/bundled', testing: true });
  setSettings(exampleSettings());
  setEngineStatus(onProcessor);
  addSamples([exampleSample({ gpu: exampleGpu({ name: 'NVIDIA GeForce RTX 4090' }) })]);
});
afterEach(resetWindow);

function renderAlert() {
  return renderInWindow(
    <>
      <UnusedCardAlert />
      <Toaster theme="dark" />
    </>,
  );
}

const alert = () => screen.queryByRole('region', { name: 'Graphics card' });

it('offers to install what a card needs that the engine does not use', async () => {
  let finish = () => {};
  app.answer('engine:install-cuda', () => new Promise<void>((resolve) => (finish = resolve)));
  const { user } = renderAlert();
  expect(alert()?.textContent).toContain('NVIDIA GeForce RTX 4090 is not used through CUDA yet');
  await user.click(screen.getByRole('button', { name: 'Install' }));
  expect(alert()?.textContent).toContain('being installed');
  expect(screen.queryByRole('button', { name: 'Install' })).toBeNull();
  finish();
  await waitFor(() => expect(app.parametersOf('engine:restart')).toHaveLength(1));
  act(() => setEngineStatus({ ...onProcessor, device: 'CUDA' }));
  expect(alert()).toBeNull();
});

it('leaves the engine to a run that is at work', async () => {
  app.answer('engine:install-cuda', () => {});
  setJobs([exampleJob({ state: 'running' })]);
  const { user } = renderAlert();
  await user.click(screen.getByRole('button', { name: 'Install' }));
  expect(await screen.findByText(/is used when the engine starts again/)).toBeTruthy();
  expect(app.parametersOf('engine:restart')).toHaveLength(0);
});

it('says why it could not be installed, and can be asked again', async () => {
  app.answer('engine:install-cuda', () => {
    throw new Error('python3 with pip was not found.');
  });
  const { user } = renderAlert();
  await user.click(screen.getByRole('button', { name: 'Install' }));
  expect(await screen.findByText('python3 with pip was not found.')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Install' })).toBeTruthy();
});

it('goes away when the person says not now', async () => {
  const { user } = renderAlert();
  await user.click(screen.getByRole('button', { name: 'Not now' }));
  expect(alert()).toBeNull();
});

it.each([
  ['it is used', () => setEngineStatus({ ...onProcessor, device: 'CUDA' })],
  ['the engine is not there yet', () => setEngineStatus({ state: 'starting', attempt: 1 })],
  ['the person wants the processor', () => setSettings(exampleSettings({ device: 'cpu' }))],
])('is not there while %s', (_, change) => {
  change();
  renderAlert();
  expect(alert()).toBeNull();
});
