import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quietEnvironment } from '../../tests/support/engine.ts';
import { HeadroomError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/events.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { readPngText, WORKFLOW_KEYWORD } from '../contract/png-metadata.ts';
import type { FieldValue } from '../contract/ports.ts';
import type { Workflow } from '../contract/workflow.ts';
import { clearCache } from '../nodes/clear-cache.ts';
import { defineNode, type NodeDefinition } from '../nodes/define.ts';
import { connection, integer, output, seed, text as textInput } from '../nodes/ports.ts';
import { previewImage } from '../nodes/preview-image.ts';
import { saveImage } from '../nodes/save-image.ts';
import { text } from '../nodes/text.ts';
import { executeWorkflow, type RunServices } from './execute.ts';
import { ResultCache } from './result-cache.ts';

/** A painter of one colour: what Image Generate is to these tests, without a network. */
function painter(ran: (inputs: Record<string, unknown>) => void): NodeDefinition {
  return defineNode({
    type: 'paint',
    version: 1,
    title: 'Paint',
    category: 'test',
    description: '',
    keywords: [],
    inputs: {
      prompt: textInput({ title: 'Prompt', default: 'grey', multiline: false, maxLength: 10 }),
      level: integer({ title: 'Level', default: 7, min: 0, max: 255, step: 1 }),
      seed: seed({ title: 'Seed', default: 0 }),
    },
    outputs: { image: output('image', 'Image') },
    async run(context, inputs) {
      ran(inputs);
      context.progress('denoise', 0.5, 'half way');
      if (inputs.prompt === 'fail') throw new HeadroomError('memory', 'too large', { place: { field: 'level' } });
      if (inputs.prompt === 'defect') throw new TypeError('x is undefined');
      if (inputs.prompt === 'warn') context.warning('careful', 'prompt');
      const rgb = new Uint8Array(12).fill(inputs.level);
      return { image: [{ width: 2, height: 2, rgb, settings: { prompt: inputs.prompt, seed: inputs.seed } }] };
    },
  });
}

const joiner = defineNode({
  type: 'join',
  version: 1,
  title: 'Join',
  category: 'test',
  description: '',
  keywords: [],
  inputs: { a: connection('image', { title: 'A' }), b: connection('image', { title: 'B' }) },
  outputs: { image: output('image', 'Image') },
  run: async (_context, { a, b }) => ({ image: [...a, ...b] }),
});

let folder: string;
let services: RunServices;
let painted: Record<string, unknown>[];
let cleared: ReadonlySet<string>[];
let logged: string[];
let drawn: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-run-'));
  painted = [];
  cleared = [];
  logged = [];
  drawn = [];
  const definitions = [painter((inputs) => painted.push(inputs)), joiner, text, clearCache, previewImage, saveImage];
  const results = new ResultCache();
  services = {
    lookup: (type) => definitions.find(({ descriptor }) => descriptor.type === type),
    results,
    environment: quietEnvironment(),
    heldBytes: () => 2 ** 20,
    pictureDrawn: ({ path }) => drawn.push(path),
    resultsFolder: join(folder, 'results'),
    previewFolder: join(folder, 'previews'),
    model: async (id) => Promise.reject(new HeadroomError('input', `no model ${id}`)),
    upscaler: async (id) => Promise.reject(new HeadroomError('input', `no upscaler ${id}`)),
    locate: async (id, kind) => Promise.reject(new HeadroomError('input', `no ${kind} ${id}`)),
    log: (_level, message) => logged.push(message),
    clearCache: async (except) => {
      cleared.push(except);
      results.clear(except);
      return { evicted: [], freedBytes: 0 };
    },
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

type Nodes = Record<string, { type: string; inputs?: Record<string, FieldValue> }>;

function workflow(nodes: Nodes, ...edges: string[]): Workflow {
  const end = (side: string) => ({ node: side.split('.')[0], port: side.split('.')[1] });
  const parsed = edges.map((edge) => edge.split(' > ').map(end)).map(([from, to]) => ({ from, to }));
  return readWorkflow({ format: 'headroom-workflow', version: 1, nodes, edges: parsed });
}

/** Paint and save, with some inputs of the painter changed. */
const paintAndSave = (inputs: Record<string, FieldValue> = {}) =>
  workflow({ paint: { type: 'paint', inputs }, save: { type: 'save_image' } }, 'paint.image > save.image');

async function run(
  document: Workflow,
  signal = new AbortController().signal,
  onEvent?: (event: RunEvent) => void,
  runId = 'r',
) {
  const events: RunEvent[] = [];
  await executeWorkflow(
    {
      runId,
      workflow: document,
      signal,
      onEvent(event) {
        events.push(event);
        onEvent?.(event);
      },
    },
    services,
  );
  expect(events[0]).toMatchObject({ type: 'start', runId });
  expect(events.filter(({ type }) => type === 'start')).toHaveLength(1);
  expect(events.at(-1)!.type).toBe('done');
  expect(events.filter(({ type }) => type === 'done')).toHaveLength(1);
  return events;
}

const of = <Type extends RunEvent['type']>(events: RunEvent[], type: Type) =>
  events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
const states = (events: RunEvent[]) => of(events, 'node').map(({ nodeId, state }) => `${nodeId} ${state}`);
const outcome = (events: RunEvent[]) => of(events, 'done')[0]!.state;
const saved = () => readdirSync(services.resultsFolder).toSorted();
const paths = (events: RunEvent[]) => of(events, 'image').map(({ image }) => image.path);

describe('a run', () => {
  it('goes from sources to outputs and leaves out what no output needs', async () => {
    const events = await run(
      workflow(
        {
          save: { type: 'save_image' },
          idle: { type: 'paint' },
          join: { type: 'join' },
          one: { type: 'paint', inputs: { level: 1 } },
          two: { type: 'paint', inputs: { level: 2 } },
        },
        'one.image > join.b',
        'two.image > join.a',
        'join.image > save.image',
      ),
    );
    expect(of(events, 'start')[0]!.nodes).toEqual(['one', 'two', 'join', 'save']);
    expect(states(events)).toEqual(['one', 'two', 'join', 'save'].flatMap((id) => [`${id} running`, `${id} done`]));
    expect(of(events, 'done')[0]).toMatchObject({ state: 'done', images: 2 });
    expect(paths(events).map((path) => existsSync(path))).toEqual([true, true]);
  });

  it('gives fields their default, and connections before values', async () => {
    await run(
      workflow(
        {
          words: { type: 'text', inputs: { text: 'blue' } },
          paint: { type: 'paint', inputs: { prompt: 'red' } },
          save: { type: 'save_image' },
        },
        'words.text > paint.prompt',
        'paint.image > save.image',
      ),
    );
    expect(painted).toEqual([{ prompt: 'blue', level: 7, seed: 0 }]);
  });

  it('saves pictures that carry the workflow and the settings', async () => {
    const document = paintAndSave({ prompt: 'red' });
    const [path] = paths(await run(document));
    const texts = readPngText(readFileSync(path!));
    expect(readWorkflow(JSON.parse(texts!.get(WORKFLOW_KEYWORD)!))).toEqual(document);
    expect(texts!.get('parameters')).toMatch(/^red\nSeed: 0, Size: 2x2/);
  });

  it('passes on progress and warnings with their node', async () => {
    const events = await run(paintAndSave({ prompt: 'warn' }));
    expect(of(events, 'progress')[0]).toEqual({
      type: 'progress',
      nodeId: 'paint',
      phase: 'denoise',
      fraction: 0.5,
      detail: 'half way',
    });
    expect(of(events, 'warning')).toEqual([
      { type: 'warning', message: 'careful', place: { nodeId: 'paint', field: 'prompt' } },
    ]);
  });
});

describe('a run with nothing changed', () => {
  it('runs no node again and still tells where the picture is', async () => {
    const first = await run(paintAndSave());
    const second = await run(paintAndSave());
    expect(states(second)).toEqual(['paint cached', 'save cached']);
    expect(drawn).toEqual(paths(second));
    expect(paths(second)).toEqual(paths(first));
    expect(of(second, 'done')[0]).toMatchObject({ state: 'done', images: 1 });
    expect(painted).toHaveLength(1);
  });

  it('is one, too, when a default is written out, a node has moved or another title', async () => {
    await run(paintAndSave());
    const document = paintAndSave({ level: 7 });
    document.nodes.paint = { ...document.nodes.paint!, title: 'Painter', position: { x: 9, y: 9 } };
    expect(states(await run(document))).toEqual(['paint cached', 'save cached']);
  });

  it('saves again, without painting, when the file is gone', async () => {
    const [path] = paths(await run(paintAndSave()));
    rmSync(path!);
    expect(states(await run(paintAndSave()))).toEqual(['paint cached', 'save running', 'save done']);
    expect(existsSync(path!)).toBe(true);
  });

  it('paints again when the results were dropped', async () => {
    await run(paintAndSave());
    services.results.clear();
    expect(states(await run(paintAndSave()))).toEqual(['paint running', 'paint done', 'save running', 'save done']);
  });
});

describe('a changed input', () => {
  it('runs its node and those after it, and no others', async () => {
    const two = (level: number) =>
      workflow(
        {
          one: { type: 'paint', inputs: { level: 1 } },
          two: { type: 'paint', inputs: { level } },
          join: { type: 'join' },
          show: { type: 'preview_image' },
        },
        'one.image > join.a',
        'two.image > join.b',
        'join.image > show.image',
      );
    await run(two(2));
    expect(states(await run(two(3)))).toEqual([
      'one cached',
      'two running',
      'two done',
      'join running',
      'join done',
      'show running',
      'show done',
    ]);
    expect(states(await run(two(2)))).toEqual(['one cached', 'two cached', 'join cached', 'show cached']);
  });

  it('that only names the file saves again without painting', async () => {
    const named = (filename_prefix: string) =>
      workflow(
        { paint: { type: 'paint' }, save: { type: 'save_image', inputs: { filename_prefix } } },
        'paint.image > save.image',
      );
    await run(named('a'));
    const again = await run(named('b'), undefined, undefined, 's');
    expect(states(again)).toEqual(['paint cached', 'save running', 'save done']);
    expect(saved().map((name) => name.slice(0, 7))).toEqual(['a-0001-', 'b-0001-']);
  });
});

describe('a run that is repeated after the engine was lost between two pictures', () => {
  const paint = { type: 'paint', inputs: { seed: -1 } };
  const other = { type: 'paint', inputs: { level: 9 } };
  const document = workflow(
    { paint, other, join: { type: 'join' }, save: { type: 'save_image' }, keep: { type: 'save_image' } },
    'paint.image > join.a',
    'other.image > join.b',
    'join.image > save.image',
    'other.image > keep.image',
  );
  const contents = () =>
    saved().map((name) => [name, readFileSync(join(services.resultsFolder, name)).toString('base64')]);

  it('puts them where they were, each once, beside those of another run', async () => {
    await run(paintAndSave(), undefined, undefined, 'earlier');
    await run(document);
    const whole = contents();
    expect(whole).toHaveLength(4);
    for (const name of saved().slice(2)) rmSync(join(services.resultsFolder, name));
    services = { ...services, results: new ResultCache() };
    await run(document);
    expect(contents()).toEqual(whole);
    services = { ...services, results: new ResultCache() };
    expect(paths(await run(document)).toSorted()).toEqual(
      whole.slice(1).map(([name]) => join(services.resultsFolder, name!)),
    );
    expect(contents()).toEqual(whole);
  });
});

describe('a random seed', () => {
  it('is drawn for each run and written into the picture, which draws the same again', async () => {
    const [first] = paths(await run(paintAndSave({ seed: -1 })));
    await run(paintAndSave({ seed: -1 }), undefined, undefined, 's');
    const [one, two] = painted.map((inputs) => inputs.seed as number);
    expect(one).not.toBe(two);
    expect(one).toBeGreaterThanOrEqual(0);
    const inside = readWorkflow(JSON.parse(readPngText(readFileSync(first!))!.get(WORKFLOW_KEYWORD)!));
    expect(inside.nodes.paint!.inputs.seed).toBe(one);
    expect(states(await run(inside))).toEqual(['paint cached', 'save cached']);
  });

  it('is the same one when the same run is asked for again, as after the engine was lost', async () => {
    await run(paintAndSave({ seed: -1 }));
    services.results.clear();
    await run(paintAndSave({ seed: -1 }));
    expect(painted[1]).toEqual(painted[0]);
  });
});

describe('Clear Cache in a workflow', () => {
  const withClear = (level: number) =>
    workflow(
      { paint: { type: 'paint', inputs: { level } }, clear: { type: 'clear_cache' }, save: { type: 'save_image' } },
      'paint.image > clear.value',
      'clear.value > save.image',
    );

  it('runs when what is before or after it does, and not otherwise', async () => {
    expect(states(await run(withClear(1)))).toContain('clear done');
    expect(states(await run(withClear(1)))).toEqual(['paint cached', 'clear cached', 'save cached']);
    expect(states(await run(withClear(2)))).toContain('clear done');
    expect(cleared).toHaveLength(2);
  });

  it('drops earlier results and keeps those of its own run', async () => {
    await run(withClear(1));
    await run(withClear(2));
    expect(states(await run(withClear(2)))).toEqual(['paint cached', 'clear cached', 'save cached']);
    expect(states(await run(withClear(1)))).toContain('paint running');
  });

  it('does not change what comes after it: with and without it, the same picture is known', async () => {
    await run(paintAndSave({ level: 5 }));
    expect(states(await run(withClear(5)))).toEqual(['paint cached', 'clear cached', 'save cached']);
  });
});

describe('a run that fails', () => {
  it('stops at the first node that fails, with its place', async () => {
    const events = await run(
      workflow(
        {
          bad: { type: 'paint', inputs: { prompt: 'fail' } },
          saveBad: { type: 'save_image' },
          good: { type: 'paint' },
          saveGood: { type: 'save_image' },
        },
        'bad.image > saveBad.image',
        'good.image > saveGood.image',
      ),
    );
    expect(of(events, 'error')).toEqual([
      { type: 'error', error: { code: 'memory', message: 'too large', place: { nodeId: 'bad', field: 'level' } } },
    ]);
    expect(states(events)).toEqual(['bad running', 'bad failed']);
    expect(of(events, 'done')[0]).toMatchObject({ state: 'failed', images: 0 });
    expect(logged).toEqual([]);
  });

  it('reports a defect as one and logs where it is', async () => {
    const events = await run(paintAndSave({ prompt: 'defect' }));
    expect(of(events, 'error')[0]!.error).toMatchObject({
      code: 'internal',
      message: 'x is undefined',
      place: { nodeId: 'paint' },
    });
    expect(logged[0]).toContain('execute.test.ts');
  });

  it('tells all problems of the document and runs nothing', async () => {
    const events = await run(
      workflow(
        { paint: { type: 'paint', inputs: { level: 999 } }, x: { type: 'nobody' }, save: { type: 'save_image' } },
        'paint.image > save.image',
      ),
    );
    expect(of(events, 'error').map(({ error }) => [error.code, error.place.nodeId])).toEqual([
      ['input', 'paint'],
      ['input', 'x'],
    ]);
    expect(outcome(events)).toBe('failed');
    expect(painted).toEqual([]);
  });

  it('refuses a connected value that the field does not take', async () => {
    const events = await run(
      workflow(
        {
          words: { type: 'text', inputs: { text: 'far too long a word' } },
          paint: { type: 'paint' },
          save: { type: 'save_image' },
        },
        'words.text > paint.prompt',
        'paint.image > save.image',
      ),
    );
    expect(of(events, 'error')[0]!.error).toMatchObject({
      code: 'input',
      place: { nodeId: 'paint', field: 'prompt' },
      message: expect.stringContaining('at most 10'),
    });
    expect(painted).toEqual([]);
  });

  it('keeps older pictures and its own results when saving fails, so that only saving is repeated', async () => {
    const results = services.resultsFolder;
    const [old] = paths(
      await run(workflow({ paint: { type: 'paint' }, show: { type: 'preview_image' } }, 'paint.image > show.image')),
    );
    // A file where the folder should be: as good as a disk that takes nothing.
    const blocked = join(old!, 'inside');
    services = { ...services, resultsFolder: blocked };
    const events = await run(paintAndSave());
    expect(of(events, 'error')[0]!.error).toMatchObject({
      code: 'file',
      place: { nodeId: 'save' },
      message: expect.stringContaining(blocked),
    });
    expect(existsSync(old!)).toBe(true);
    services = { ...services, resultsFolder: results };
    expect(states(await run(paintAndSave()))).toEqual(['paint cached', 'save running', 'save done']);
  });
});

describe('cancelling', () => {
  it('stops before the next node and reports no error', async () => {
    const controller = new AbortController();
    const events = await run(paintAndSave(), controller.signal, (event) => {
      if (event.type === 'progress') controller.abort();
    });
    expect(states(events)).toEqual(['paint running', 'paint done', 'save cancelled']);
    expect(of(events, 'error')).toEqual([]);
    expect(outcome(events)).toBe('cancelled');
    expect(existsSync(services.resultsFolder)).toBe(false);
  });
});
