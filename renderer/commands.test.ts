import { afterEach, describe, expect, it, vi } from 'vitest';
import { blockCommand, commandBlock, registerCommand, runCommand } from './commands.ts';

describe('commands', () => {
  afterEach(() => blockCommand('run', null));

  it('reach their handler with its parameter, and say that they did', async () => {
    const handler = vi.fn();
    const stop = registerCommand('show-node', handler);
    expect(await runCommand('show-node', { nodeId: 'generate' })).toBe(true);
    expect(handler).toHaveBeenCalledWith({ nodeId: 'generate' });
    stop();
    expect(await runCommand('show-node', { nodeId: 'generate' })).toBe(false);
  });

  it('are not carried out while they are blocked', async () => {
    const handler = vi.fn();
    const stop = registerCommand('run', handler);
    blockCommand('run', 'Load Model: choose a model');
    expect(commandBlock('run')).toBe('Load Model: choose a model');
    expect(await runCommand('run')).toBe(false);
    blockCommand('run', null);
    expect(await runCommand('run')).toBe(true);
    expect(handler).toHaveBeenCalledTimes(1);
    stop();
  });

  it('keep a later handler when an earlier one is taken back', async () => {
    const later = vi.fn();
    const stopEarlier = registerCommand('save', () => undefined);
    const stopLater = registerCommand('save', later);
    stopEarlier();
    await runCommand('save');
    expect(later).toHaveBeenCalledTimes(1);
    stopLater();
  });
});
