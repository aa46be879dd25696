import type { LedgerEntry } from '../contract/memory.ts';
import type { CacheClearing } from '../contract/protocol.ts';
import { cutInto } from '../onnx/cut/cut-model.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import { RuntimeError } from '../ort/errors.ts';
import { type Provider, Session } from '../ort/session.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { BlockingCalls, type BusyListener } from './blocking.ts';
import { Corrections } from './corrections.ts';
import type { DeviceMemory } from './device-memory.ts';
import { Ledger } from './ledger.ts';
import { type LoadedPart, ResidentNetwork } from './resident-network.ts';
import { inWords } from './words.ts';

/** A network that can be made resident. */
export interface ComponentSource {
  /** The model's id and the component's name: what the ledger and errors call it, and what it is shared by. */
  readonly model: string;
  readonly component: string;
  /** Changes with the files and the graph: a component that was loaded from others is not lent. */
  readonly version: string;
  /** Bytes of one weight as the session holds it. */
  readonly weightSize: number;
  /** What its estimates are corrected by once a run was measured, see `Corrections`; left out where that says nothing. */
  readonly correctedAs?: string;
  /** Into how many parts its weights are cut, so that not all need be in memory at once; 1 to keep it whole. */
  readonly parts?: number;
  build(): OnnxModel | Promise<OnnxModel>;
}

/** The use of a resident component, until `release`. */
export interface ComponentLease {
  /**
   * Runs the network once; blocks the process, between its parts but for a pause.
   *
   * @param what in words for the log, such as "denoise step 3 of 20"
   * @param kind what runs of about the same duration share, such as the shape
   * @param activationBytes what the run's values need at most by its graph, if that is known
   */
  run(
    inputs: Readonly<Record<string, Tensor>>,
    what: string,
    kind: string,
    activationBytes?: number,
  ): Promise<Record<string, Tensor>>;
  /** Gives the component back: it stays resident until it is evicted. Safe to call twice. */
  release(): void;
}

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
  lastUse: number;
}

/** The components that are resident, lent out to the stages that run them. */
export class Components {
  readonly memory: DeviceMemory;
  readonly #provider: Provider;
  readonly #listeners: ComponentListeners;
  readonly #clearing: CacheClearing;
  readonly #corrections: Corrections;
  readonly #blocking: BlockingCalls;
  readonly #ledger = new Ledger();
  readonly #resident = new Set<Resident>();
  #uses = 0;

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
    this.#blocking = new BlockingCalls(listeners.onBusy);
  }

  /**
   * Makes a component resident if it is not, and lends it.
   *
   * @param pause between the parts of a run: lets messages in, and ends the run by what it throws
   * @throws HeadroomError `model`, `file`, `memory` or `device`
   */
  async lease(source: ComponentSource, pause: () => Promise<void> = async () => {}): Promise<ComponentLease> {
    const resident = this.#find(source) ?? (await this.#load(source));
    resident.leases += 1;
    let released = false;
    return {
      run: async (inputs, what, kind, estimatedBytes) => {
        const { correctedAs = '' } = source;
        const activationBytes = this.#corrections.corrected(correctedAs, estimatedBytes ?? 0);
        const run = async (session: Session, given: Readonly<Record<string, Tensor>>, which: string) => {
          if (estimatedBytes !== undefined) this.memory.prepareRun(activationBytes);
          const call = () => session.run(given);
          const { result, bytes } = await this.memory.measure(() =>
            this.#blocking.announce(`run ${nameOf(source)} ${kind} ${which}`, words(what, which), call),
          );
          const isWhole = which === '' && correctedAs !== '' && estimatedBytes !== undefined;
          if (bytes !== null && isWhole) this.#corrections.learn(correctedAs, estimatedBytes, bytes);
          return result;
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
        resident.lastUse = this.#uses;
        this.#ledger.used(source);
        this.#listeners.onChange();
      },
    };
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
    this.memory.shrink();
    return evicted;
  }

  /** Between two pictures of a table. */
  async clearBetweenPictures(): Promise<void> {
    if (this.#clearing === 'always' || (this.#clearing === 'auto' && this.memory.isShort)) await this.evictIdle();
  }

  ledger(): LedgerEntry[] {
    return this.#ledger.entries();
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

  async #load(source: ComponentSource): Promise<Resident> {
    const name = nameOf(source);
    await this.#evict((outdated) => nameOf(outdated.source) === name && outdated.leases === 0);
    const whole = await source.build();
    const { parts = 1, weightSize } = source;
    const network = new ResidentNetwork(
      cutInto(whole, parts),
      whole.outputs.map((output) => output.name),
      weightSize,
      {
        load: (graph, bytes, which) => this.#loadPart(name, graph, bytes, which),
        roomBytes: () => this.memory.roomBytes(),
        shrink: () => this.memory.shrink(),
      },
    );
    await network.open();
    const resident = { source, network, leases: 0, lastUse: this.#uses };
    this.#resident.add(resident);
    this.#ledger.loaded(source, network);
    this.#listeners.onChange();
    return resident;
  }

  async #loadPart(name: string, graph: OnnxModel, weightBytes: number, which: string): Promise<LoadedPart> {
    const part = words(name, which);
    await this.#makeRoom(part, weightBytes);
    const options = {
      name: part,
      provider: this.#provider,
      // With it a run takes up to twice the memory from its second time on and is no faster (docs/memory.md).
      memoryPattern: false,
      ...this.memory.sessionOptions,
      ...(graph.externalDataRoot === undefined ? {} : { externalDataRoot: graph.externalDataRoot }),
    };
    const { created: session, uncount } = await this.memory.countingWeights(weightBytes, () =>
      this.#blocking.announce(`load ${part}`, `load ${part}`, () => Session.create(graph.bytes, options)),
    );
    return {
      session,
      release: async () => {
        await session.release();
        uncount();
      },
    };
  }

  /**
   * Evicts idle components, the longest unused first, until `bytes` of weights fit into what the device has free, and under
   * the limit. onnxruntime does not check that itself, and forgets the limit altogether once weights exceed it.
   *
   * @throws RuntimeError `arena-limit`
   */
  async #makeRoom(name: string, bytes: number): Promise<void> {
    if (this.#clearing === 'always') await this.#evict(({ leases }) => leases === 0);
    for (;;) {
      const free = this.memory.freeBytes();
      const room = this.#clearing === 'never' ? free : this.memory.roomBytes();
      if (room === null || room >= bytes) break;
      const [oldest] = [...this.#resident].filter(({ leases }) => leases === 0).sort((a, b) => a.lastUse - b.lastUse);
      if (!oldest) {
        // Without a limit the device itself says whether there is room.
        if (free === null || free >= bytes) break;
        throw new RuntimeError(
          'arena-limit',
          `The weights of ${name} need ${inWords(bytes)}, and ${inWords(Math.max(0, free))} are free under the limit.`,
          undefined,
        );
      }
      await this.#evict((resident) => resident === oldest);
    }
    this.memory.shrink();
  }

  async #evict(which: (resident: Resident) => boolean): Promise<string[]> {
    const evicted = [...this.#resident].filter(which);
    for (const resident of evicted) {
      this.#resident.delete(resident);
      await resident.network.release();
      this.#ledger.evicted(resident.source);
    }
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
