import type { LedgerEntry } from '../contract/memory.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import { type Provider, Session, type SessionOptions } from '../ort/session.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { BlockingCalls, type BusyListener } from './blocking.ts';
import { Ledger } from './ledger.ts';

/** A network that can be made resident. */
export interface ComponentSource {
  /** The model's id and the component's name: what the ledger and errors call it, and what it is shared by. */
  readonly model: string;
  readonly component: string;
  /** Changes with the files: a component that was loaded from older ones is not lent. */
  readonly version: string;
  /** Bytes of one weight as the session holds it. */
  readonly weightSize: number;
  build(): OnnxModel;
}

/** The use of a resident component, until `release`. */
export interface ComponentLease {
  /**
   * Runs the network once; blocks the process.
   *
   * @param what in words for the log, such as "denoise step 3 of 20"
   * @param kind what runs of about the same duration share, such as the shape
   */
  run(inputs: Readonly<Record<string, Tensor>>, what: string, kind: string): Promise<Record<string, Tensor>>;
  /** Gives the component back: it stays resident until it is evicted. Safe to call twice. */
  release(): void;
}

export interface ComponentListeners {
  onBusy: BusyListener;
  /** The ledger has changed. */
  onChange(): void;
}

interface Resident {
  readonly source: ComponentSource;
  readonly session: Session;
  leases: number;
}

/** The components that are resident, lent out to the stages that run them. */
export class Components {
  readonly #provider: Provider;
  readonly #sessionConfig: SessionOptions['config'];
  readonly #listeners: ComponentListeners;
  readonly #blocking: BlockingCalls;
  readonly #ledger = new Ledger();
  readonly #resident = new Set<Resident>();

  /** @param sessionConfig of all sessions, such as that of a shared arena */
  constructor(provider: Provider, listeners: ComponentListeners, sessionConfig: SessionOptions['config'] = {}) {
    this.#provider = provider;
    this.#sessionConfig = sessionConfig;
    this.#listeners = listeners;
    this.#blocking = new BlockingCalls(listeners.onBusy);
  }

  /**
   * Makes a component resident if it is not, and lends it.
   *
   * @throws HeadroomError `model`, `file`, `memory` or `device`
   */
  async lease(source: ComponentSource): Promise<ComponentLease> {
    const resident = this.#find(source) ?? (await this.#load(source));
    resident.leases += 1;
    let released = false;
    return {
      run: (inputs, what, kind) =>
        this.#blocking.announce(`run ${nameOf(source)} ${kind}`, what, () => resident.session.run(inputs)),
      release: () => {
        if (released) return;
        released = true;
        resident.leases -= 1;
        this.#ledger.used(source);
        this.#listeners.onChange();
      },
    };
  }

  /** Frees every component that is not lent out. @returns their names, such as "starter unet" */
  async evictIdle(): Promise<string[]> {
    return this.#evict(({ leases }) => leases === 0);
  }

  ledger(): LedgerEntry[] {
    return this.#ledger.entries();
  }

  #find({ model, component, version }: ComponentSource): Resident | undefined {
    return [...this.#resident].find(
      ({ source }) => source.model === model && source.component === component && source.version === version,
    );
  }

  async #load(source: ComponentSource): Promise<Resident> {
    const name = nameOf(source);
    await this.#evict((outdated) => nameOf(outdated.source) === name && outdated.leases === 0);
    const graph = source.build();
    const session = await this.#blocking.announce(`load ${name}`, `load ${name}`, () =>
      Session.create(graph.bytes, {
        name,
        provider: this.#provider,
        config: this.#sessionConfig,
        // With it a run takes up to twice the memory from its second time on and is no faster (docs/memory.md).
        memoryPattern: false,
        ...(graph.externalDataRoot === undefined ? {} : { externalDataRoot: graph.externalDataRoot }),
      }),
    );
    const resident = { source, session, leases: 0 };
    this.#resident.add(resident);
    this.#ledger.loaded(source, graph.weightElements * source.weightSize);
    this.#listeners.onChange();
    return resident;
  }

  async #evict(which: (resident: Resident) => boolean): Promise<string[]> {
    const evicted = [...this.#resident].filter(which);
    for (const resident of evicted) {
      this.#resident.delete(resident);
      await resident.session.release();
      this.#ledger.evicted(resident.source);
    }
    if (evicted.length > 0) this.#listeners.onChange();
    return evicted.map(({ source }) => nameOf(source));
  }
}

function nameOf({ model, component }: ComponentSource): string {
  return `${model} ${component}`;
}
