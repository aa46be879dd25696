import { formatBytes, formatCount, formatName } from '../format.ts';
import { expectRestart } from '../stores/engine.ts';
import { runningJob, useQueue } from '../stores/queue.ts';
import { toast } from '../ui/toast.ts';
import { call, messageOf } from './client.ts';

/** Asks the engine to let go of every model that no run uses, and says what came back. */
export async function clearCache(): Promise<void> {
  try {
    const { evicted, freedBytes } = await call('engine:clear-cache');
    if (evicted.length === 0 && freedBytes === 0) toast('info', 'The cache was empty already', { id: 'cache' });
    else {
      toast('success', `${formatBytes(freedBytes)} came back`, {
        id: 'cache',
        detail:
          evicted.length > 0
            ? `${formatCount(evicted.length, 'component')} unloaded: ${evicted.map(formatName).join(', ')}`
            : undefined,
      });
    }
  } catch (thrown) {
    toast('error', 'The cache could not be cleared', { id: 'cache', detail: messageOf(thrown) });
  }
}

/** Ends the engine process, which frees all that it holds, and starts a new one. A running job runs again from its start. */
export async function restartEngine(): Promise<void> {
  const job = runningJob(useQueue.getState().jobs);
  try {
    expectRestart();
    const restart = call('engine:restart');
    toast('info', 'Restarting the engine', {
      id: 'engine',
      detail: job && `“${job.name}” goes back to the queue and runs again.`,
    });
    await restart;
  } catch (thrown) {
    toast('error', 'The engine could not be restarted', { id: 'engine', detail: messageOf(thrown) });
  }
}

/** Installs what NVIDIA cards need. A run that is at work goes on; else the engine starts again and uses the card. */
export async function installCuda(): Promise<void> {
  try {
    await call('engine:install-cuda');
    if (!runningJob(useQueue.getState().jobs)) return await restartEngine();
    toast('success', 'The card can be used', { detail: 'It is used when the engine starts again.' });
  } catch (thrown) {
    toast('error', 'The card cannot be used yet', { detail: messageOf(thrown) });
  }
}
