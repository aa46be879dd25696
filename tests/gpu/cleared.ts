import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { RunEvent } from '../../engine/contract/events.ts';
import type { EngineMemory } from '../../engine/contract/memory.ts';
import { readWorkflowText } from '../../engine/contract/migrations.ts';
import type { EngineOptions } from '../../engine/contract/protocol.ts';
import { openEngine } from '../../engine/host/open.ts';
import { gpuBytes } from './device.ts';

/** Bytes on the whole GPU, which nobody else uses, beside what the engine's ledger says. */
export interface Cleared {
  /** After the smallest model ran and was cleared away: the context, and libraries that stay once they are loaded. */
  readonly context: number;
  /** With the model still resident. */
  readonly used: number;
  readonly ledger: number;
  /** After Clear cache. */
  readonly cleared: number;
  readonly ledgerCleared: number;
  /** What Clear cache says came back. */
  readonly freed: number;
}

/** Whether Clear cache gives back what a model took. @param model one of `folder`'s @param side of its pictures */
export async function clearedMemory(
  folder: string,
  device: EngineOptions['device'],
  model: string,
  side: number,
): Promise<Cleared> {
  const results = mkdtempSync(join(tmpdir(), 'headroom-cleared-'));
  let ledger: EngineMemory['ledger'] = [];
  const engine = await openEngine(
    {
      modelFolders: [folder, resolve('resources/models')],
      tokenizersFolder: resolve('resources/tokenizers'),
      resultsFolder: results,
      previewFolder: results,
      device,
    },
    {
      onLease() {},
      onMemory: (memory) => {
        ledger = memory.ledger;
      },
      onLog() {},
    },
  );
  const draw = async (id: string, size: number) => {
    const workflow = readWorkflowText(readFileSync('resources/workflows/text-to-image.json', 'utf8'));
    const { nodes } = workflow;
    Object.assign(nodes.model?.inputs ?? {}, { model: id });
    Object.assign(nodes.generate?.inputs ?? {}, { width: size, height: size, steps: 2, seed: 1 });
    const onEvent = (event: RunEvent) => {
      if (event.type === 'error') throw new Error(event.error.message);
    };
    await engine.run({ runId: id, workflow }, { signal: new AbortController().signal, onEvent });
  };
  const held = () => ledger.reduce((sum, { resident, weightBytes }) => sum + (resident ? weightBytes : 0), 0);

  await draw('starter', 256);
  await engine.clearCache();
  const context = gpuBytes();
  await draw(model, side);
  const [used, ledgerBefore] = [gpuBytes(), held()];
  const { freedBytes } = await engine.clearCache();
  rmSync(results, { recursive: true });
  return { context, used, ledger: ledgerBefore, cleared: gpuBytes(), ledgerCleared: held(), freed: freedBytes };
}
