import { readFileSync } from 'node:fs';
import { type ArenaGauge, decodeGauge } from '../../engine/contract/gauge.ts';
import type { DeviceSample, EngineMemory } from '../../engine/contract/memory.ts';
import type { EngineSupervisor } from '../engine-host/supervisor.ts';

/** The engine's thread writes at least once a second: what is older is of a thread that does not run. */
const STALE_MS = 3_000;

/** What the engine holds: the components that it told of between two pieces of work, and its arena as of now. */
export class EngineAccount {
  private readonly gaugeFile: string;
  private memory: EngineMemory | null = null;

  /** @param gaugeFile where the engine's thread tells what the arena holds */
  constructor(engine: Pick<EngineSupervisor, 'onMemory' | 'onStatus'>, gaugeFile: string) {
    this.gaugeFile = gaugeFile;
    engine.onMemory.listen((memory) => {
      this.memory = memory;
    });
    engine.onStatus.listen(({ state }) => {
      // A dead process holds nothing.
      if (state !== 'ready' && state !== 'busy') this.memory = null;
    });
  }

  /** Null until the engine has told something. */
  reading(now: number): DeviceSample['engine'] {
    if (!this.memory) return null;
    const { where, ledger, arena } = this.memory;
    const weights = ledger
      .filter(({ resident }) => resident)
      .map(({ model, component, residentBytes }) => ({ model, component, bytes: residentBytes }));
    const held = this.gauge(now) ?? arena;
    return { where, weights, arena: held && figures(held) };
  }

  private gauge(now: number): ArenaGauge | null {
    try {
      const gauge = decodeGauge(readFileSync(this.gaugeFile));
      return gauge && now - gauge.time < STALE_MS ? gauge : null;
    } catch {
      // Not made yet, or not to be made: the engine's account stands alone.
      return null;
    }
  }
}

function figures({ inUseBytes, reservedBytes, peakBytes }: Omit<ArenaGauge, 'time'>) {
  return { inUseBytes, reservedBytes, peakBytes };
}
