import { beforeEach, describe, expect, it } from 'vitest';
import { starterModel } from '../../tests/support/engine.ts';
import { relativeError } from '../../tests/support/networks.ts';
import { buildComponent } from '../families/model.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { tensor } from '../tensor/tensor.ts';
import type { ComponentSource } from './component.ts';
import { Components } from './components.ts';
import { DeviceMemory } from './device-memory.ts';

const model = starterModel();
let heard: string[];
let changes: number;
let built: number;
let components: Components;
beforeEach(() => {
  heard = [];
  changes = 0;
  built = 0;
  components = new Components('cpu', DeviceMemory.unmanaged(), {
    onBusy: (lease) => heard.push(lease?.what ?? 'free'),
    onChange: () => {
      changes += 1;
    },
  });
});

function textEncoder(version = '1'): ComponentSource {
  return {
    model: 'starter',
    component: 'text_encoder',
    version,
    build() {
      built += 1;
      return buildComponent(model, model.family.textEncoders[0]!, cpuDialect);
    },
  };
}

function decoder(): ComponentSource {
  return {
    ...textEncoder(),
    component: 'vae_decoder',
    build: () => buildComponent(model, model.family.vaeDecoder, cpuDialect),
  };
}

const ids = { input_ids: tensor('int64', [1, 2], BigInt64Array.of(4094n, 4095n)) };

describe('a lease', () => {
  it('loads a component once and runs it, saying so before each call of the runtime', async () => {
    const first = await components.lease(textEncoder());
    const second = await components.lease(textEncoder());
    const { hidden_states: states } = await second.run(ids, 'encode text', '2');
    expect(states!.dims).toEqual([1, 2, 192]);
    expect(built).toBe(1);
    expect(heard).toEqual(['load starter text_encoder', 'free', 'encode text', 'free']);
    first.release();
    second.release();
  });

  it('frees the listener also when the run fails, and the component stays usable', async () => {
    const lease = await components.lease(textEncoder());
    await expect(lease.run({}, 'nonsense', '0')).rejects.toThrow('input_ids');
    expect(heard.at(-1)).toBe('free');
    expect((await lease.run(ids, 'encode text', '2')).hidden_states).toBeDefined();
    lease.release();
  });

  it('leaves nothing behind when loading fails', async () => {
    const broken: ComponentSource = {
      ...textEncoder(),
      build: () => ({ ...textEncoder().build(), bytes: new Uint8Array(9) }),
    };
    await expect(components.lease(broken)).rejects.toMatchObject({ name: 'RuntimeError' });
    expect([heard.at(-1), components.ledger()]).toEqual(['free', []]);
    (await components.lease(textEncoder())).release();
  });
});

describe('eviction', () => {
  it('spares what is lent out and frees it when it has been given back', async () => {
    const lease = await components.lease(textEncoder());
    expect(await components.evictIdle()).toEqual([]);
    lease.release();
    lease.release();
    expect(await components.evictIdle()).toEqual(['starter text_encoder']);
    expect(await components.evictIdle()).toEqual([]);
    (await components.lease(textEncoder())).release();
    expect(built).toBe(2);
  });

  it('of an older version makes room for the files as they are now', async () => {
    const old = await components.lease(textEncoder('1'));
    const fresh = await components.lease(textEncoder('2'));
    expect(built).toBe(2);
    old.release();
    fresh.release();
    (await components.lease(textEncoder('3'))).release();
    expect(await components.evictIdle()).toEqual(['starter text_encoder']);
  });
});

describe('eviction while a run goes on', () => {
  it('of what is lent meanwhile gives all of it back, and what it was lent for is done', async () => {
    components = new Components('cpu', await DeviceMemory.open('cpu', null), { onBusy: () => {}, onChange: () => {} });
    const other = { ...textEncoder(), component: 'other' };
    const lease = await components.lease(textEncoder());
    for (const source of [decoder(), other]) (await components.lease(source)).release();
    const run = lease.run(ids, 'encode text', '2');
    const evicted = components.evictIdle();
    const again = await components.lease(other);
    expect((await again.run(ids, 'encode text', '2')).hidden_states).toEqual((await run).hidden_states);
    expect(await evicted).toEqual(['starter vae_decoder', 'starter other']);
    for (const one of [lease, again]) one.release();
    expect(await components.evictIdle()).toEqual(['starter text_encoder', 'starter other']);
    expect(components.memory.account()!.inUseBytes).toBe(0);
    expect(components.ledger().some(({ resident }) => resident)).toBe(false);
  });
});

describe('what is idle when another component loads', () => {
  const MEBIBYTE = 2 ** 20;
  /** Whether the text encoder is still there after the decoder has loaded. @param freeMiB on a device of 160 MiB */
  async function stays(clearing: 'auto' | 'always' | 'never', freeMiB: number): Promise<boolean> {
    const device = () => ({ totalBytes: 160 * MEBIBYTE, freeBytes: freeMiB * MEBIBYTE });
    const memory = await DeviceMemory.open('cpu', null, device);
    components = new Components('cpu', memory, { onBusy: () => {}, onChange: () => {} }, { clearing });
    for (const source of [textEncoder(), decoder()]) (await components.lease(source)).release();
    const [first] = components.ledger();
    await components.evictIdle();
    return first!.resident;
  }

  it('stays where there is room, unless the person has it cleared always', async () => {
    expect(await stays('auto', 100)).toBe(true);
    expect(await stays('always', 100)).toBe(false);
  });

  it('goes where memory is short, unless the person has it never cleared', async () => {
    expect(await stays('auto', 15)).toBe(false);
    expect(await stays('never', 15)).toBe(true);
  });
});

describe('components that are loaded side by side', () => {
  const MEBIBYTE = 2 ** 20;
  const load = async (
    freeMiB: number,
    sources: readonly ComponentSource[],
    clearing: 'auto' | 'always' = 'auto',
  ): Promise<void> => {
    const device = () => ({ totalBytes: 160 * MEBIBYTE, freeBytes: freeMiB * MEBIBYTE });
    const memory = await DeviceMemory.open('cpu', null, device);
    const listeners = {
      onBusy: (lease: { what: string } | null) => heard.push(lease?.what ?? 'free'),
      onChange: () => {},
    };
    components = new Components('cpu', memory, listeners, { clearing });
    await components.loadSideBySide(sources, 40 * MEBIBYTE);
  };
  const loads = () => heard.filter((what) => what.startsWith('load '));
  const resident = () => components.ledger().map(({ component }) => component);

  it('are there when they are lent, and count as all that is loaded', async () => {
    await load(100, [textEncoder(), decoder()]);
    expect(resident()).toEqual(['text_encoder', 'vae_decoder']);
    const weightBytes = components.ledger().reduce((sum, entry) => sum + entry.weightBytes, 0);
    expect(components.memory.account()!.inUseBytes).toBeGreaterThanOrEqual(weightBytes);
    heard = [];
    const lease = await components.lease(textEncoder());
    expect((await lease.run(ids, 'encode text', '2')).hidden_states).toBeDefined();
    lease.release();
    expect([loads(), built]).toEqual([[], 1]);
    await components.evictIdle();
    expect(components.memory.account()!.inUseBytes).toBe(0);
  });

  it('are left to their turn where there is no room for all, and where idle ones are always cleared', async () => {
    await load(45, [textEncoder(), decoder()]);
    expect([loads(), built]).toEqual([[], 0]);
    await load(100, [textEncoder(), decoder()], 'always');
    expect([loads(), built]).toEqual([[], 0]);
  });

  it('are left to their turn where they are to be prepared, which is not asked of what is resident', async () => {
    let asked = 0;
    const prepared = (isPrepared: boolean) => () => {
      asked += 1;
      return isPrepared;
    };
    const sources = [
      { ...textEncoder(), isPrepared: prepared(true) },
      { ...decoder(), isPrepared: prepared(false) },
      { ...decoder(), component: 'other', isPrepared: prepared(true) },
    ];
    await load(100, sources);
    expect([resident(), asked]).toEqual([['text_encoder', 'other'], 3]);
    await components.loadSideBySide(sources, 0);
    expect([resident(), asked]).toEqual([['text_encoder', 'other'], 4]);
    await components.evictIdle();
  });

  it('are not loaded any more once a pause ends that', async () => {
    let pauses = 0;
    const pause = async () => {
      pauses += 1;
      if (pauses > 1) throw new Error('stopped');
    };
    await load(100, []);
    const stopped = components.loadSideBySide([textEncoder(), decoder()], 40 * MEBIBYTE, pause);
    await expect(stopped).rejects.toThrow('stopped');
    expect(resident()).not.toContain('vae_decoder');
    await components.evictIdle();
  });

  it('do not keep each other from being loaded when one fails, which its lease tells', async () => {
    const broken: ComponentSource = {
      ...decoder(),
      build: () => Promise.reject(new Error('the file is gone')),
    };
    await load(100, [broken, textEncoder(), { ...decoder(), component: 'other' }]);
    expect(resident()).toEqual(['text_encoder', 'other']);
    await expect(components.lease(broken)).rejects.toThrow('the file is gone');
    await components.evictIdle();
  });
});

describe('between two pictures, when other programs have taken memory', () => {
  const MEBIBYTE = 2 ** 20;

  /** What is left of text encoder (9.8 MiB), decoder (9.2 MiB) and a run's 20 MiB. @param othersMiB on a device of 80 MiB */
  async function left(othersMiB: number, clearing: 'auto' | 'always' | 'never' = 'auto') {
    let others = 0;
    const device = () => {
      const held = memory?.account()?.reservedBytes ?? 0;
      return { totalBytes: 80 * MEBIBYTE, freeBytes: 80 * MEBIBYTE - held - others };
    };
    let memory: DeviceMemory | undefined;
    memory = await DeviceMemory.open('cpu', null, device, { keptFreeBytes: 10 * MEBIBYTE });
    components = new Components('cpu', memory, { onBusy: () => {}, onChange: () => {} }, { clearing });
    for (const source of [textEncoder(), decoder()]) (await components.lease(source)).release();
    const release = memory.hold(20 * MEBIBYTE);
    release();
    others = othersMiB * MEBIBYTE;
    await components.clearBetweenPictures();
    const resident = components.ledger().filter((entry) => entry.resident);
    const cachedBytes = memory.cachedBytes();
    await components.evictIdle();
    return { resident: resident.map(({ component }) => component), cachedMiB: Math.floor(cachedBytes / MEBIBYTE) };
  }

  it('what a run has left behind is given back, and components only where that is not enough', async () => {
    const both = ['text_encoder', 'vae_decoder'];
    expect(await left(20)).toEqual({ resident: both, cachedMiB: 20 });
    expect(await left(40)).toEqual({ resident: both, cachedMiB: 0 });
    expect(await left(55)).toEqual({ resident: ['text_encoder'], cachedMiB: 0 });
    expect(await left(75)).toEqual({ resident: [], cachedMiB: 0 });
  });

  it('all goes where the person has it cleared always, and nothing where never', async () => {
    expect(await left(0, 'always')).toEqual({ resident: [], cachedMiB: 0 });
    expect((await left(75, 'never')).resident).toHaveLength(2);
  });
});

describe('the ledger', () => {
  it('knows what is resident, how large it is and when it was used', async () => {
    const before = Date.now();
    const lease = await components.lease(textEncoder());
    lease.release();
    const [entry] = components.ledger();
    expect(entry).toMatchObject({ model: 'starter', component: 'text_encoder', resident: true });
    expect(entry!.weightBytes).toBeGreaterThan(2.5e6 * 4);
    expect(entry!.lastUsed).toBeGreaterThanOrEqual(before);
    await components.evictIdle();
    expect(components.ledger()).toEqual([expect.objectContaining({ resident: false })]);
    expect(changes).toBe(3);
  });
});

describe('a component in parts', () => {
  const inParts = (parts: number): ComponentSource => ({ ...textEncoder(), parts });
  const MEBIBYTE = 2 ** 20;

  async function limited(limitMiB: number | null): Promise<void> {
    const memory = await DeviceMemory.open('cpu', limitMiB === null ? null : limitMiB * MEBIBYTE);
    components = new Components('cpu', memory, {
      onBusy: (lease) => heard.push(lease?.what ?? 'free'),
      onChange: () => {},
    });
  }

  async function encode(source: ComponentSource, activationBytes = MEBIBYTE, pause?: () => Promise<void>) {
    const lease = await components.lease(source, { activationBytes, ...(pause && { pause }) });
    try {
      return (await lease.run(ids, 'encode text', '2')).hidden_states;
    } finally {
      lease.release();
    }
  }

  it('computes what the whole does', async () => {
    const whole = await encode(textEncoder());
    expect(relativeError(await encode(inParts(4)), whole!.data as Float32Array)).toBeLessThan(1e-6);
  });

  it('keeps under a limit what leaves room for the rest, and loads that for each run', async () => {
    await limited(8);
    const loads = async () => {
      heard = [];
      await encode(inParts(6));
      return heard.filter((what) => what.startsWith('load '));
    };
    await loads();
    const [entry] = components.ledger();
    expect(entry!.residentBytes).toBeGreaterThan(0);
    expect(entry!.residentBytes).toBeLessThan(entry!.weightBytes);
    const second = await loads();
    expect(second.length).toBeGreaterThan(0);
    expect(second[0]).toMatch(/^load starter text_encoder, part \d of \d$/);
    expect(await loads()).toEqual(second);
    await components.evictIdle();
    expect(components.ledger()[0]).toMatchObject({ resident: false, residentBytes: 0 });
    expect(components.memory.account()?.inUseBytes).toBe(0);
  });

  it('stays whole where nothing limits it', async () => {
    await limited(null);
    await encode(inParts(6));
    heard = [];
    await encode(inParts(6));
    expect(heard.filter((what) => what.startsWith('load '))).toEqual([]);
    await components.evictIdle();
  });

  it('gives up more of what it keeps when a run takes more than was expected', async () => {
    await limited(9);
    const expected = await encode(inParts(6), 0);
    const before = components.ledger()[0]!.residentBytes;
    const many = { input_ids: tensor('int64', [4, 77], new BigInt64Array(4 * 77)) };
    const lease = await components.lease(inParts(6), { activationBytes: 0 });
    await lease.run(many, 'encode text', '308');
    lease.release();
    expect(components.ledger()[0]!.residentBytes).toBeLessThan(before);
    expect(await encode(inParts(6), 0)).toEqual(expected);
    await components.evictIdle();
  });

  it('gives back to another component only what that has no room without', async () => {
    await limited(14);
    const expected = await encode(inParts(6));
    const before = components.ledger()[0]!.residentBytes;
    (await components.lease(decoder())).release();
    const [encoder, other] = components.ledger();
    expect(other!.residentBytes).toBe(other!.weightBytes);
    expect(encoder!.residentBytes).toBeGreaterThan(0);
    expect(encoder!.residentBytes).toBeLessThan(before);
    expect(components.memory.account()!.peakBytes).toBeLessThanOrEqual(14 * MEBIBYTE);
    expect(await encode(inParts(6))).toEqual(expected);
    await components.evictIdle();
  });

  it('can be stopped between its parts', async () => {
    let pauses = 0;
    const stopped = async () => {
      pauses += 1;
      if (pauses === 2) throw new Error('stopped');
    };
    await expect(encode(inParts(4), 0, stopped)).rejects.toThrow('stopped');
    expect(heard.filter((what) => what.startsWith('encode'))).toHaveLength(2);
    expect(await encode(inParts(4))).toBeDefined();
  });
});
