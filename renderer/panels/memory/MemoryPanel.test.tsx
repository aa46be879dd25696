import { act, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LedgerEntry } from '../../../engine/contract/memory.ts';
import { setEngineMemory } from '../../stores/engine.ts';
import { addSamples } from '../../stores/monitor.ts';
import { exampleGpu, exampleSample } from '../../testing/examples.ts';
import { renderInWindow, resetWindow } from '../../testing/render.tsx';
import { MemoryPanel } from './MemoryPanel.tsx';

const MIB = 1024 ** 2;

function entry(given: Partial<LedgerEntry>): LedgerEntry {
  return {
    model: 'starter',
    component: 'unet',
    weightBytes: 0,
    residentBytes: 0,
    resident: true,
    lastUsed: 1,
    ...given,
  };
}

// The test's page has no canvas to draw on.
vi.mock('uplot', () => ({
  default: class {
    setData() {}
    setSize() {}
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
    expect(screen.getByText('900 MiB')).toBeTruthy();
  });

  it('follows the samples', () => {
    addSamples([exampleSample({ time: 1 })]);
    renderInWindow(<MemoryPanel />);
    act(() => addSamples([exampleSample({ time: 2, system: { totalBytes: 1000 * MIB, usedBytes: 500 * MIB } })]));
    expect(screen.getByText('50 %')).toBeTruthy();
  });

  it("shows the engine's own account: what is in memory and what went back to the disk", () => {
    addSamples([exampleSample()]);
    setEngineMemory({
      device: 'cpu',
      where: 'system',
      processBytes: 700 * MIB,
      weightBytes: 100 * MIB,
      arena: null,
      ledger: [
        entry({ component: 'text_encoder', weightBytes: 20 * MIB, residentBytes: 0, resident: false }),
        entry({ component: 'unet', weightBytes: 100 * MIB, residentBytes: 100 * MIB }),
        entry({ component: 'vae', weightBytes: 10 * MIB, residentBytes: 2 * MIB }),
      ],
    });
    renderInWindow(<MemoryPanel />);
    const components = screen.getByRole('list', { name: 'Components of starter' });
    expect(
      within(components)
        .getAllByRole('listitem')
        .map((row) => row.textContent),
    ).toEqual(['unetIn memory100 MiB', 'text encoderOn disk20 MiB', 'vaeIn memory, of 10 MiB2 MiB']);
    expect(screen.getByText('700 MiB in its process')).toBeTruthy();
  });
});
