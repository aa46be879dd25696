import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quietEnvironment } from '../../tests/support/engine.ts';
import { HeadroomError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/events.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { readPngText, WORKFLOW_KEYWORD } from '../contract/png-metadata.ts';
import type { RunRequest } from '../contract/protocol.ts';
import type { TableRow } from '../contract/table.ts';
import type { Workflow } from '../contract/workflow.ts';
import { clearCache } from '../nodes/clear-cache.ts';
import { defineNode } from '../nodes/define.ts';
import { integer, output, seed, text as textInput } from '../nodes/ports.ts';
import { saveImage } from '../nodes/save-image.ts';
import { table } from '../nodes/table.ts';
import { executeWorkflow, type RunServices } from './execute.ts';
import { ResultCache } from './result-cache.ts';

interface Painted {
  prompt: string;
  width: number;
  seed: number;
}

let folder: string;
let painted: Painted[];
let services: RunServices;
const paint = defineNode({
  type: 'paint',
  version: 1,
  title: 'Paint',
  category: 'test',
  description: '',
  keywords: [],
  inputs: {
    prompt: textInput({ title: 'Prompt', default: 'grey', multiline: false, maxLength: 10 }),
    width: integer({ title: 'Width', default: 2, min: 1, max: 4, step: 1 }),
    seed: seed({ title: 'Seed', default: 0 }),
  },
  outputs: { image: output('image', 'Image') },
  async run(_context, inputs) {
    painted.push(inputs);
    if (inputs.prompt === 'fail') throw new HeadroomError('memory', 'too large');
    const rgb = new Uint8Array(inputs.width * 3).fill(inputs.seed % 256);
    return { image: [{ width: inputs.width, height: 1, rgb, settings: { ...inputs } }] };
  },
});

/** As the engine begins: nothing is known, the disk is as it was. */
function restart(): void {
  const definitions = [paint, table, saveImage, clearCache];
  const results = new ResultCache();
  services = {
    lookup: (type) => definitions.find(({ descriptor }) => descriptor.type === type),
    results,
    environment: quietEnvironment(),
    heldBytes: () => 2 ** 20,
    pictureDrawn: () => {},
    resultsFolder: join(folder, 'results'),
    previewFolder: join(folder, 'previews'),
    model: async (id) => Promise.reject(new HeadroomError('input', `no model ${id}`)),
    upscaler: async (id) => Promise.reject(new HeadroomError('input', `no upscaler ${id}`)),
    locate: async (id, kind) => Promise.reject(new HeadroomError('input', `no ${kind} ${id}`)),
    log: () => {},
    clearCache: async () => ({ evicted: [], freedBytes: 0 }),
  };
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-rows-'));
  painted = [];
  restart();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Paint and save for each row, with more of the document where a test needs it. */
function document(
  rows: TableRow[],
  more: Partial<Record<'nodes' | 'paint', object>> = {},
  edges: string[] = [],
): Workflow {
  const end = (side = '') => ({ node: side.split('.')[0], port: side.split('.')[1] });
  const all = ['table.prompt > paint.prompt', 'table.width > paint.width', 'paint.image > save.image', ...edges];
  return readWorkflow({
    format: 'headroom-workflow',
    version: 1,
    nodes: {
      table: { type: 'table', inputs: { rows } },
      paint: { type: 'paint', inputs: more.paint ?? {} },
      save: { type: 'save_image' },
      ...more.nodes,
    },
    edges: all.map((edge) => edge.split(' > ')).map(([from, to]) => ({ from: end(from), to: end(to) })),
  });
}

async function run(
  workflow: Workflow,
  options: Partial<RunRequest> & { signal?: AbortSignal; onEvent?: (event: RunEvent) => void } = {},
): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  await executeWorkflow(
    {
      runId: 'r',
      workflow,
      signal: new AbortController().signal,
      ...options,
      onEvent(event) {
        events.push(event);
        options.onEvent?.(event);
      },
    },
    services,
  );
  return events;
}

const of = <Type extends RunEvent['type']>(events: RunEvent[], type: Type) =>
  events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
const ended = (events: RunEvent[]) =>
  of(events, 'row')
    .filter(({ state }) => state !== 'running')
    .map(({ row, state }) => `${row} ${state}`);
const files = () => readdirSync(services.resultsFolder).toSorted();
const contents = () =>
  files().map((file) => [file, readFileSync(join(services.resultsFolder, file)).toString('base64')]);

describe('a table', () => {
  it('runs what depends on it once for each row; an empty cell leaves the own value', async () => {
    const events = await run(
      document([{ prompt: 'red', width: 3 }, { prompt: 'blue' }, { width: 1 }], { paint: { width: 4 } }),
    );
    expect(painted).toEqual([
      { prompt: 'red', width: 3, seed: 0 },
      { prompt: 'blue', width: 4, seed: 0 },
      { prompt: 'grey', width: 1, seed: 0 },
    ]);
    expect(ended(events)).toEqual(['0 done', '1 done', '2 done']);
    expect(of(events, 'done')[0]).toMatchObject({ state: 'done', images: 3 });
    const { image } = of(events, 'image')[0]!;
    expect(of(events, 'row')[1]).toMatchObject({
      row: 0,
      of: 3,
      nodeId: 'table',
      images: [image.path],
      error: null,
      peakBytes: 2 ** 20,
    });
  });

  it('leaves out rows that nobody has filled in', async () => {
    expect(ended(await run(document([{}, { prompt: 'red' }, { prompt: '' }])))).toEqual([
      '0 skipped',
      '1 done',
      '2 skipped',
    ]);
    expect(painted).toHaveLength(1);
  });

  it('runs what does not depend on it once', async () => {
    const nodes = { other: { type: 'paint', inputs: { prompt: 'alone' } }, keep: { type: 'save_image' } };
    const events = await run(
      document([{ prompt: 'red' }, { prompt: 'blue' }], { nodes }, ['other.image > keep.image']),
    );
    expect(painted.map(({ prompt }) => prompt)).toEqual(['alone', 'red', 'blue']);
    expect(of(events, 'image').map(({ image }) => image.nodeId)).toEqual(['keep', 'save', 'save']);
  });

  it('gives each picture the workflow that draws it alone', async () => {
    const events = await run(document([{ prompt: 'red', width: 3 }], { paint: { seed: -1 } }));
    const inside = readWorkflow(
      JSON.parse(readPngText(readFileSync(of(events, 'image')[0]!.image.path))!.get(WORKFLOW_KEYWORD)!),
    );
    expect(Object.keys(inside.nodes)).toEqual(['paint', 'save']);
    await run(inside);
    expect(painted).toHaveLength(1);
  });

  it('reaches inputs behind a node that passes things on', async () => {
    const nodes = { clear: { type: 'clear_cache' } };
    const workflow = document([{ prompt: 'red' }, { width: 2 }], { nodes }, [
      'table.prompt > clear.value',
      'clear.value > paint.prompt',
    ]);
    workflow.edges = workflow.edges.filter(({ from, to }) => from.node !== 'table' || to.port !== 'prompt');
    await run(workflow);
    expect(painted.map(({ prompt }) => prompt)).toEqual(['red', 'grey']);
  });

  it('draws equal rows once and saves each of them; a second run of it saves nothing again', async () => {
    const workflow = document([{ prompt: 'red' }, { prompt: 'red' }]);
    const events = await run(workflow);
    expect(painted).toHaveLength(1);
    expect(new Set(of(events, 'row').flatMap(({ images }) => images)).size).toBe(2);
    const again = await run(workflow, { runId: 's' });
    expect(ended(again)).toEqual(['0 done', '1 done']);
    expect(files()).toHaveLength(2);
  });

  it('names files by row, in order', async () => {
    await run(document([{ prompt: 'red' }, { prompt: 'blue' }]));
    expect(files().map((file) => /^headroom-(\d{4})-[0-9a-f]{12}\.png$/.exec(file)?.[1])).toEqual(['0001', '0002']);
  });
});

describe('rows that fail', () => {
  it('do not stop the others, and the run says which', async () => {
    const events = await run(document([{ prompt: 'red' }, { prompt: 'fail' }, { prompt: 'blue' }]));
    expect(ended(events)).toEqual(['0 done', '1 failed', '2 done']);
    expect(of(events, 'row').find(({ state }) => state === 'failed')!.error).toMatchObject({
      code: 'memory',
      place: { nodeId: 'paint' },
    });
    expect(of(events, 'error')).toEqual([
      {
        type: 'error',
        error: { code: 'rows', message: '1 of 3 rows failed: 2. Row 2: too large', place: { nodeId: 'table' } },
      },
    ]);
    expect(of(events, 'done')[0]).toMatchObject({ state: 'failed', images: 2 });
  });

  it('of an earlier attempt count, and are not run', async () => {
    const events = await run(document([{ prompt: 'red' }, { prompt: 'fail' }, { prompt: 'blue' }]), {
      endedRows: { done: [0], failed: [1] },
    });
    expect(ended(events)).toEqual(['2 done']);
    expect(of(events, 'error')[0]!.error.message).toBe('1 of 3 rows failed: 2.');
    expect(of(events, 'done')[0]!.state).toBe('failed');
  });
});

describe('a run that is repeated after the engine was lost', () => {
  const rows = Array.from({ length: 4 }, (_, row) => ({ prompt: `row ${row}` }));
  const random = document(rows, { paint: { seed: -1 } });

  it('goes on where it was, draws the same pictures to the same files, and none twice', async () => {
    await run(random);
    const whole = contents();
    expect(new Set(painted.map((inputs) => inputs.seed)).size).toBe(4);
    rmSync(services.resultsFolder, { recursive: true });
    restart();
    const controller = new AbortController();
    await run(random, {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'image' && basename(event.image.path).includes('-0002-')) controller.abort();
      },
    });
    // The second picture is on disk, and nobody heard that its row was done.
    expect(files()).toHaveLength(2);
    restart();
    const events = await run(random, { endedRows: { done: [0], failed: [] } });
    expect(ended(events)).toEqual(['1 done', '2 done', '3 done']);
    expect(contents()).toEqual(whole);
  });

  it('draws others in another run', async () => {
    await run(random);
    await run(random, { runId: 's' });
    expect(new Set(painted.map((inputs) => inputs.seed)).size).toBe(8);
    expect(files()).toHaveLength(8);
  });

  it('stops between rows when it is cancelled', async () => {
    const controller = new AbortController();
    const events = await run(random, {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'row' && event.state === 'done') controller.abort();
      },
    });
    expect(ended(events)).toEqual(['0 done']);
    expect(of(events, 'done')[0]!.state).toBe('cancelled');
  });
});
