import type { LedgerEntry } from '../contract/memory.ts';
import type { CacheClearing } from '../contract/protocol.ts';
import { cutInto } from '../onnx/cut/cut-model.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import { RuntimeError } from '../ort/errors.ts';
import type { Provider, Session } from '../ort/session.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ComponentLease, ComponentSource, LeaseConditions } from './component.ts';
import { Corrections } from './corrections.ts';
import { type DeviceMemory, regionBytes } from './device-memory.ts';
import { type ComponentUse, leastMissed } from './least-missed.ts';
import { Ledger } from './ledger.ts';
import { loadPart } from './load-part.ts';
import { measuredRun } from './measured-run.ts';
import { ResidentNetwork } from './resident-network.ts';
import { type BusyListener, RuntimeCalls } from './runtime-calls.ts';
import { inWords } from './words.ts';

export interface ComponentListeners {
  onBusy: BusyListener;
  /** The ledger has changed. */
  onChange(): void;
}

interface ComponentsOptions {
  /** When what is idle goes by itself: under a limit it does where it has to, whatever is said here. */
  readonly clearing?: CacheClearing | undefined;
  /** Learn from the runs. */
  readonly corrections?: Corrections;
}

interface Resident {
  readonly source: ComponentSource;
  readonly network: ResidentNetwork;
  leases: number;
}

/** How the parts of a network are loaded. */
interface Loading {
  /** Makes room for weights; left out where there is. @param part in words */
  makeRoom?(part: string, weightBytes: number): Promise<void>;
  /** When it is their turn; what it throws ends the loading. */
  pause?(): Promise<void>;
}

/** Before the first use of all. */
const NEVER = 0;

/** The components that are resident, lent out to the stages that run them. */
export class Components {
  readonly memory: DeviceMemory;
  readonly #provider: Provider;
  readonly #listeners: ComponentListeners;
  readonly #clearing: CacheClearing;
  readonly #corrections: Corrections;
  readonly #calls: RuntimeCalls;
  readonly #ledger = new Ledger();
  readonly #resident = new Set<Resident>();
  /** By name, of those that are not resident as well. */
  readonly #lastUses = new Map<string, number>();
  #uses = 0;
  /** Until all that is evicted has given its memory back. */
  #leaving: Promise<void> = Promise.resolve();

  constructor(
    provider: Provider,
    memory: DeviceMemory,
    listeners: ComponentListeners,
    { clearing = 'auto', corrections = new Corrections(null, provider) }: ComponentsOptions = {},
  ) {
    this.#provider = provider;
    this.#clearing = clearing;
    this.#corrections = corrections;
    this.memory = memory;
    this.#listeners = listeners;
    this.#calls = new RuntimeCalls(listeners.onBusy);
  }

  /**
   * Makes a component resident if it is not, and lends it.
   *
   * @throws HeadroomError `model`, `file`, `memory` or `device`
   */
  async lease(
    source: ComponentSource,
    { residency = 'resident', activationBytes: estimatedBytes, pause = async () => {} }: LeaseConditions = {},
  ): Promise<ComponentLease> {
    await this.#leaving;
    const { correctedAs = '' } = source;
    const activationBytes = this.#corrections.corrected(correctedAs, estimatedBytes ?? 0);
    // Where nobody knows how much room there is, only what is alone is sure to have it.
    const isAlone = residency === 'alone' || (residency === 'stages' && this.memory.roomBytes() === null);
    if (isAlone) await this.evictIdle(source);
    // Parts that stay loaded do so where nothing else wants the room.
    const givesWay = residency === 'stages' || [...this.#resident].some(({ network }) => network.isInParts);
    const runBytes = givesWay && !isAlone ? regionBytes(activationBytes) : 0;
    const resident = this.#find(source) ?? (await this.#load(source, runBytes));
    resident.leases += 1;
    if (runBytes > 0) await this.#evictFor(this.#use(source), () => missingFor(runBytes, this.memory.roomBytes()));
    let released = false;
    return {
      run: async (inputs, what, kind) => {
        const run = (session: Session, given: Readonly<Record<string, Tensor>>, which: string) => {
          const learnedAs = which === '' ? correctedAs : '';
          const expected = { learnedAs, estimatedBytes, activationBytes };
          return measuredRun(this.memory, this.#corrections, expected, () =>
            this.#calls.announce(`run ${nameOf(source)} ${kind} ${which}`, words(what, which), () =>
              session.run(given),
            ),
          );
        };
        const { residentBytes } = resident.network;
        try {
          return await resident.network.run(inputs, { run, pause, activationBytes });
        } finally {
          this.#ledger.loaded(source, resident.network);
          if (resident.network.residentBytes !== residentBytes) this.#listeners.onChange();
        }
      },
      release: () => {
        if (released) return;
        released = true;
        resident.leases -= 1;
        this.#uses += 1;
        this.#lastUses.set(nameOf(source), this.#uses);
        this.#ledger.used(source);
        this.#listeners.onChange();
      },
    };
  }

  /**
   * Makes components resident that are about to be lent, each as a whole: side by side, which on a graphics card takes as long
   * as the largest of them. Those that are to be prepared first, and those that fail, are left to their turn.
   *
   * @param bytes what they and their runs need together: without so much room beside everything else, nothing is done
   * @param pause before each of them; what it throws ends the loading
   */
  async loadSideBySide(
    sources: readonly ComponentSource[],
    bytes: number,
    pause: () => Promise<void> = async () => {},
  ): Promise<void> {
    await this.#leaving;
    const room = this.memory.roomBytes();
    if (this.#clearing === 'always' || room === null || room < bytes) return;
    // What is resident is not asked: between the pictures of a table all are.
    const missing = sources.filter((source) => !this.#find(source) && (source.isPrepared?.() ?? true));
    if (missing.length < 2) return;
    this.memory.shrink();
    const loads: Promise<unknown>[] = [];
    for (const source of missing) {
      try {
        await this.#evictOutdated(source);
        loads.push(this.#open(source, await source.build(), { pause }).catch(() => {}));
      } catch {
        // See above.
      }
    }
    await Promise.all(loads);
    await pause();
  }

  /**
   * Frees every component that is not lent out.
   *
   * @param except one that is about to be lent
   * @returns their names, such as "starter unet"
   */
  async evictIdle(except?: Pick<ComponentSource, 'model' | 'component'>): Promise<string[]> {
    const kept = except && nameOf(except);
    const evicted = await this.#evict(({ leases, source }) => leases === 0 && nameOf(source) !== kept);
    await this.memory.alone(async () => this.memory.shrink());
    return evicted;
  }

  /**
   * Between two pictures of a table. Where memory is short, what runs have left behind is given back, and of the
   * components, which the next picture needs at once, only as much as is short all the same.
   */
  async clearBetweenPictures(): Promise<void> {
    if (this.#clearing === 'always') await this.evictIdle();
    if (this.#clearing !== 'auto' || this.memory.excessBytes() === 0) return;
    const [latest] = [...this.#resident].map(({ source }) => this.#use(source)).sort((a, b) => b.lastUse - a.lastUse);
    const excess = () => {
      this.memory.shrink();
      return this.memory.excessBytes();
    };
    await this.#evictFor({ model: latest?.model ?? '', lastUse: NEVER }, excess);
  }

  ledger(): LedgerEntry[] {
    return this.#ledger.entries();
  }

  #use(source: ComponentSource): ComponentUse {
    return { model: source.model, lastUse: this.#lastUses.get(nameOf(source)) ?? NEVER };
  }

  async #evictOutdated(source: ComponentSource): Promise<void> {
    const name = nameOf(source);
    await this.#evict((outdated) => nameOf(outdated.source) === name && outdated.leases === 0);
  }

  #find({ model, component, version, parts = 1 }: ComponentSource): Resident | undefined {
    return [...this.#resident].find(
      ({ source }) =>
        source.model === model &&
        source.component === component &&
        source.version === version &&
        (source.parts ?? 1) === parts,
    );
  }

  async #load(source: ComponentSource, runBytes: number): Promise<Resident> {
    await this.#evictOutdated(source);
    const whole = await source.build();
    const makeRoom = (part: string, weightBytes: number) => this.#makeRoom(source, part, weightBytes, runBytes);
    return this.#open(source, whole, { makeRoom });
  }

  async #open(source: ComponentSource, whole: OnnxModel, { makeRoom, pause }: Loading): Promise<Resident> {
    const network = new ResidentNetwork(
      cutInto(whole, source.parts ?? 1),
      whole.outputs.map((output) => output.name),
      {
        load: async (graph, which) => {
          const part = words(nameOf(source), which);
          if (this.#clearing === 'always') await this.#evict(({ leases }) => leases === 0);
          await makeRoom?.(part, graph.weightBytes);
          return loadPart(graph, part, { provider: this.#provider, memory: this.memory, calls: this.#calls, pause });
        },
        roomBytes: () => this.memory.roomBytes(),
        shrink: () => this.memory.shrink(),
      },
    );
    await network.open();
    const resident = { source, network, leases: 0 };
    this.#resident.add(resident);
    this.#ledger.loaded(source, network);
    this.#listeners.onChange();
    return resident;
  }

  /**
   * Evicts idle components until the weights, and what a run of them needs, fit into what the device has free, and under
   * the limit. onnxruntime does not check that itself, and forgets the limit altogether once weights exceed it.
   *
   * @param runBytes 0 where the run is left to try
   * @throws RuntimeError `arena-limit` for weights that do not fit
   */
  async #makeRoom(source: ComponentSource, part: string, weightBytes: number, runBytes: number): Promise<void> {
    const room = () =>
      this.#clearing === 'never' && runBytes === 0 ? this.memory.freeBytes() : this.memory.roomBytes();
    await this.#evictFor(this.#use(source), () => missingFor(weightBytes + runBytes, room()));
    const free = this.memory.freeBytes();
    // Without a limit the device itself says whether there is room.
    if (free !== null && free < weightBytes) {
      throw new RuntimeError(
        'arena-limit',
        `The weights of ${part} need ${inWords(weightBytes)}, and ${inWords(Math.max(0, free))} are free under the limit.`,
        undefined,
      );
    }
    this.memory.shrink();
  }

  /** Evicts idle components for one that is wanted, until nothing is missing or none is left. */
  async #evictFor(wanted: ComponentUse, missingBytes: () => number): Promise<void> {
    for (;;) {
      const missing = missingBytes();
      const idle = [...this.#resident].filter(({ leases }) => leases === 0);
      if (missing <= 0 || idle.length === 0) return;
      // Some of its parts are loaded for each run anyway.
      const inParts = idle.find(({ network }) => network.isInParts && network.residentBytes > 0);
      if (inParts) {
        await inParts.network.giveBack(missing);
        this.#ledger.loaded(inParts.source, inParts.network);
        this.#listeners.onChange();
        continue;
      }
      const candidates = idle.map((resident) => {
        return { resident, ...this.#use(resident.source), bytes: resident.network.residentBytes };
      });
      const going = new Set(leastMissed(candidates, missing, wanted).map(({ resident }) => resident));
      await this.#evict((resident) => going.has(resident));
    }
  }

  async #evict(which: (resident: Resident) => boolean): Promise<string[]> {
    const evicted = [...this.#resident].filter(which);
    // At once: what is about to go must not be lent.
    for (const resident of evicted) this.#resident.delete(resident);
    const released = Promise.all(evicted.map(({ network }) => network.release()));
    this.#leaving = Promise.allSettled([this.#leaving, released]).then(() => {});
    await released;
    for (const { source } of evicted) this.#ledger.evicted(source);
    if (evicted.length > 0) this.#listeners.onChange();
    return evicted.map(({ source }) => nameOf(source));
  }
}

function nameOf({ model, component }: Pick<ComponentSource, 'model' | 'component'>): string {
  return `${model} ${component}`;
}

function words(what: string, which: string): string {
  return which === '' ? what : `${what}, ${which}`;
}

/** @param roomBytes null where nobody knows */
function missingFor(bytes: number, roomBytes: number | null): number {
  return roomBytes === null ? 0 : bytes - roomBytes;
}
