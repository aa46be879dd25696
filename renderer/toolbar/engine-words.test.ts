import { describe, expect, it } from 'vitest';
import { engineWords } from './engine-words.ts';

const process = { pid: 7, device: 'cuda', runtime: 'onnxruntime 1.29.0' };

describe('engineWords', () => {
  it('names the device that is ready', () => {
    expect(engineWords({ state: 'ready', ...process })).toMatchObject({ tone: 'good', text: 'Ready on CUDA' });
    expect(engineWords({ state: 'ready', ...process, device: 'CPU (AMD EPYC, 2 threads)' })).toMatchObject({
      text: 'Ready on CPU',
      detail: 'CPU (AMD EPYC, 2 threads) · onnxruntime 1.29.0 · process 7',
    });
  });

  it('says what the engine does and since when', () => {
    const lease = { what: 'denoise step 3 of 20', expectedMs: 500 };
    expect(engineWords({ state: 'busy', ...process, lease, since: 1000 })).toMatchObject({
      text: 'Denoise step 3 of 20',
      since: 1000,
    });
  });

  it('counts no time between two pieces of work', () => {
    expect(engineWords({ state: 'busy', ...process, lease: null, since: 1000 })).toMatchObject({
      text: 'Working on CUDA',
      since: null,
    });
  });

  it('counts down to a restart and gives the reason, without what the dying process printed', () => {
    const reason = 'its process crashed (SIGSEGV)\nThread 3 "ort" received …';
    expect(engineWords({ state: 'restarting', reason, attempt: 2, at: 5000 })).toMatchObject({
      tone: 'warning',
      text: 'Restarting: its process crashed (SIGSEGV)',
      detail: 'Attempt 2.',
      until: 5000,
    });
  });

  it('gives the reason of a failure, and counts attempts from the second', () => {
    expect(engineWords({ state: 'failed', reason: 'a library is missing' })).toMatchObject({
      tone: 'danger',
      detail: 'A library is missing.',
    });
    expect(engineWords({ state: 'starting', attempt: 1 }).text).toBe('Starting');
    expect(engineWords({ state: 'starting', attempt: 3 }).text).toBe('Starting, attempt 3');
    expect(engineWords({ state: 'stopped' }).text).toBe('Engine stopped');
  });
});
