import { afterEach, describe, expect, it } from 'vitest';
import { expectRestart, setEngineStatus, useEngine } from './engine.ts';

const ready = (pid: number) => ({ state: 'ready', pid, device: 'cpu', runtime: 'onnxruntime' }) as const;
const busy = (pid: number) => ({ ...ready(pid), state: 'busy', lease: null, since: 0 }) as const;
const restarting = { state: 'restarting', reason: 'it was restarted by hand', attempt: 1, at: 0 } as const;
const expected = () => useEngine.getState().restartExpected;

afterEach(() => useEngine.setState(useEngine.getInitialState(), true));

describe('a restart that the person asked for', () => {
  it('is expected until another process is there, whatever the old one still tells', () => {
    setEngineStatus(busy(1));
    expectRestart();
    setEngineStatus(busy(1));
    setEngineStatus(restarting);
    setEngineStatus({ state: 'starting', attempt: 1 });
    expect(expected()).toBe(true);
    setEngineStatus(ready(2));
    expect(expected()).toBe(false);
  });

  it('is over when the engine is given up', () => {
    expectRestart();
    setEngineStatus({ state: 'failed', reason: 'a library is missing' });
    expect(expected()).toBe(false);
  });
});
