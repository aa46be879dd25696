import { act, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LedgerEntry } from '../../../engine/contract/memory.ts';
import { setEngineMemory } from '../../stores/engine.ts';
import { addSamples } from '../../stores/monitor.ts';
import { exampleEngine, exampleEngineMemory, exampleGpu, exampleSample } from '../../testing/examples.ts';
import { renderInWindow, resetWindow } from '../../testing/render.tsx';
import { MemoryPanel } from './MemoryPanel.tsx';
import { takeNodeEvent, takePeak } from './node-peaks.ts';

const MIB = 1024 ** 2;

function entry(given: Partial<LedgerEntry>): LedgerEntry {
  return {
    model: 'starter',
    component: 'unet',
    weightBytes: 0,
    residentBytes: 0,
    resident: true,
    lastUsed: Date.now(),
    ...given,
  };
}

// The test's page has no canvas to draw on.
vi.mock('uplot', () => ({
  default: class {
    setData() {}
    setSize() {}
    redraw() {}
    destroy() {}
  },
}));

afterEach(resetWindow);

describe('MemoryPanel', () => {
  it('waits for the first reading', () => {
    renderInWindow(<MemoryPanel />);
    expect(screen.getByText('Waiting for the first reading')).toBeTruthy();
  });

  it('shows the card and who is on it, the largest first', () => {
    addSamples([exampleSample({ gpu: exampleGpu() })]);
    renderInWindow(<MemoryPanel />);
    expect(screen.getByText('NVIDIA GeForce RTX 4090')).toBeTruthy();
    expect(screen.getByText('of 24.0 GiB used')).toBeTruthy();
    expect(screen.getByText('64 °C')).toBeTruthy();
    const programs = screen.getByRole('list', { name: 'Programs on the GPU' });
    expect(
      within(programs)
        .getAllByRole('listitem')
        .map((row) => row.textContent),
    ).toEqual(['headroomHeadroom1006.0 GiB', 'firefox2001.0 GiB']);
  });

  it("shows the engine's arena, and who holds the card: by component, for runs, kept for later", () => {
    addSamples([exampleSample({ gpu: exampleGpu(), engine: exampleEngine() })]);
    renderInWindow(<MemoryPanel />);
    expect(screen.getByText('Reserved').nextSibling?.textContent).toBe('5.0 GiB');
    expect(screen.getByText('Peak').nextSibling?.textContent).toBe('4.5 GiB');
    const legend = within(screen.getByRole('list', { name: 'Who holds it' })).getAllByRole('listitem');
    expect(legend.map((row) => row.textContent)).toEqual([
      'Text encoder512 MiB',
      'UNet2.0 GiB',
      'Activations1.5 GiB',
      'Cache1.0 GiB',
      'Headroom itself1.0 GiB',
      'Other programs, driver3.0 GiB',
      'Free15.0 GiB',
    ]);
  });

  it('lists the peak of each node of the run', () => {
    const started = Date.now();
    takeNodeEvent({ jobId: 'a', event: { type: 'start', runId: 'a', nodes: ['generate'] } });
    takeNodeEvent({ jobId: 'a', event: { type: 'node', nodeId: 'generate', state: 'running' } }, started);
    const sample = exampleSample({ time: started + 500, gpu: exampleGpu(), engine: exampleEngine() });
    takePeak(sample);
    addSamples([sample]);
    renderInWindow(<MemoryPanel />);
    const rows = within(screen.getByRole('list', { name: 'Peaks of the latest run' })).getAllByRole('listitem');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.textContent).toMatch(/^1generate.*4\.0 GiB$/);
  });

  it('shows the memory of the computer where the engine works in it, and says so', () => {
    addSamples([exampleSample({ gpu: exampleGpu(), engine: exampleEngine({ where: 'system' }) })]);
    renderInWindow(<MemoryPanel />);
    expect(screen.getByText('of 16.0 GiB used')).toBeTruthy();
    expect(screen.getByText(/works on the processor.*RTX 4090 is left alone/)).toBeTruthy();
  });

  it('says what the driver does not tell', () => {
    addSamples([exampleSample({ gpu: exampleGpu({ powerW: null, processes: [] }) })]);
    renderInWindow(<MemoryPanel />);
    expect(screen.getByText('not told')).toBeTruthy();
    expect(screen.getByText('The driver names none.')).toBeTruthy();
  });

  it('shows the memory of the computer and says why there is no card', () => {
    addSamples([exampleSample()]);
    renderInWindow(<MemoryPanel />);
    expect(screen.getByText(/No NVIDIA driver was found/)).toBeTruthy();
    expect(screen.getByText('of 16.0 GiB used')).toBeTruthy();
    const programs = screen.getByRole('list', { name: 'Programs in memory' });
    expect(
      within(programs)
        .getAllByRole('listitem')
        .map((row) => row.textContent),
    ).toEqual(['Other programs4.8 GiB', 'EngineHeadroom900 MiB', 'AppHeadroom300 MiB']);
  });

  it('follows the samples', () => {
    addSamples([exampleSample({ time: 1 })]);
    renderInWindow(<MemoryPanel />);
    act(() => addSamples([exampleSample({ time: 1001, system: { totalBytes: 1000 * MIB, usedBytes: 500 * MIB } })]));
    expect(screen.getByText('50 %')).toBeTruthy();
  });

  it("shows the engine's own account: what is in memory and what went back to the disk", () => {
    addSamples([exampleSample()]);
    const ledger = [
      entry({
        component: 'text_encoder',
        weightBytes: 20 * MIB,
        residentBytes: 0,
        resident: false,
        lastUsed: Date.now() - 3 * 60_000,
      }),
      entry({ component: 'unet', weightBytes: 100 * MIB, residentBytes: 100 * MIB }),
      entry({ component: 'vae', weightBytes: 10 * MIB, residentBytes: 2 * MIB }),
    ];
    setEngineMemory(exampleEngineMemory({ processBytes: 700 * MIB, weightBytes: 100 * MIB, ledger }));
    renderInWindow(<MemoryPanel />);
    const components = screen.getByRole('list', { name: 'Components of starter' });
    expect(
      within(components)
        .getAllByRole('listitem')
        .map((row) => row.textContent),
    ).toEqual([
      'UNetjust nowIn memory100 MiB',
      'Text encoder3 min agoOn disk20 MiB',
      'VAEjust nowIn memory, of 10 MiB2 MiB',
    ]);
    expect(screen.getByText('700 MiB in its process')).toBeTruthy();
  });
});
