import { cleanup, configure, render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { clearNodePeaks } from '../panels/memory/node-peaks.ts';
import { useEngine } from '../stores/engine.ts';
import { useEstimate } from '../stores/estimate.ts';
import { useModels } from '../stores/models.ts';
import { clearSamples } from '../stores/monitor.ts';
import { useQueue } from '../stores/queue.ts';
import { resetRun } from '../stores/run.ts';
import { useSettings } from '../stores/settings.ts';
import { useUi } from '../stores/ui.ts';
import { TooltipProvider } from '../ui/Tooltip.tsx';

// Waiting for an element gives up far later than on a fast machine: how fast it comes is not what a test is about.
configure({ asyncUtilTimeout: 10_000 });

/** Renders inside what every component of the window may count on, and gives the hands to use it. */
export function renderInWindow(element: ReactNode) {
  return { user: userEvent.setup(), ...render(<TooltipProvider>{element}</TooltipProvider>) };
}

/** For `afterEach`: takes down what was rendered and puts the shell's stores back as they were at the start. */
export function resetWindow(): void {
  cleanup();
  resetRun();
  clearSamples();
  clearNodePeaks();
  for (const store of [useEngine, useEstimate, useModels, useQueue, useSettings, useUi] as const) {
    (store as typeof useUi).setState(store.getInitialState() as ReturnType<typeof useUi.getInitialState>, true);
  }
}
