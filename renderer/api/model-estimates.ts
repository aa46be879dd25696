import { useEngine } from '../stores/engine.ts';
import { needsEstimate, setModelEstimate, useModels } from '../stores/models.ts';
import { call } from './client.ts';

/**
 * Has what each usable model needs estimated, one model after the other, until the returned function is called; again once a
 * run has taught the engine better. An engine that works is left alone: it goes on when that is free again.
 */
export function estimateModels(): () => void {
  let isAsking = false;
  let stopped = false;

  async function askForNext() {
    const { status, memory } = useEngine.getState();
    if (isAsking || stopped || status.state !== 'ready') return;
    const learnedAt = memory?.learnedAt ?? null;
    const next = needsEstimate(status.device, learnedAt);
    if (!next) return;
    isAsking = true;
    const estimate = await call('models:estimate', { id: next.id }).catch(() => null);
    isAsking = false;
    // An engine that was lost meanwhile has said nothing about the model: the next one is asked.
    const { status: now } = useEngine.getState();
    if ('pid' in now && now.pid === status.pid) setModelEstimate(next, status.device, { estimate, learnedAt });
    void askForNext();
  }

  const stops = [useModels.subscribe(() => void askForNext()), useEngine.subscribe(() => void askForNext())];
  void askForNext();
  return () => {
    stopped = true;
    for (const stop of stops) stop();
  };
}
