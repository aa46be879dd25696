import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { zModelEstimate, zWorkflowEstimate } from '../contract/estimate.ts';
import { type RunEvent, zRunEvent } from '../contract/events.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { readPngText, WORKFLOW_KEYWORD } from '../contract/png-metadata.ts';
import { runtimeError } from '../ort/errors.ts';
import { Session } from '../ort/session.ts';
import { runCommandLine } from './command-line.ts';

const root = join(import.meta.dirname, '../..');
const example = join(root, 'resources/workflows/text-to-image.json');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

/** The command line as a person starts it, in a folder of its own. */
function headroom(
  args: string[],
  { env = {}, during }: { env?: Record<string, string>; during?: (child: ChildProcess, err: string) => void } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'build/headroom.mjs'), ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => {
      out += text;
    });
    child.stderr.on('data', (text) => {
      err += text;
      during?.(child, err);
    });
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

/** The same without a process of its own, for what ends before it begins. */
async function headroomHere(args: string[]): Promise<Pick<Ended, 'code' | 'out' | 'err'>> {
  const written = { out: '', err: '' };
  const capture = (stream: NodeJS.WriteStream, name: keyof typeof written) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written[name] += text;
      return true;
    });
  const spies = [capture(process.stdout, 'out'), capture(process.stderr, 'err')];
  const code = await runCommandLine(args).finally(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return { code, ...written };
}

const quick = ['--set', 'generate.steps=2'];
const events = (out: string): RunEvent[] =>
  out
    .trim()
    .split('\n')
    .map((line) => zRunEvent.parse(JSON.parse(line)));
const write = (name: string, content: unknown) => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

describe('headroom run with a table', () => {
  const table = join(root, 'resources/workflows/prompt-table.json');

  it('draws a row of a CSV file each and tells of them one by one', async () => {
    const file = write('prompts.csv', 'prompt,seed,steps\n"red apple, glossy",7,1\ngreen heart,8,2\n');
    const { code, out } = await headroom(['run', table, '--set', `table.rows=@${file}`, '--out', 'rows', '--json']);
    const told = events(out);
    const rows = told.flatMap((event) => (event.type === 'row' && event.state === 'done' ? [event] : []));
    expect(code).toBe(0);
    expect(rows.map(({ row, of, images }) => [row, of, images.length])).toEqual([
      [0, 2, 1],
      [1, 2, 1],
    ]);
    expect(rows.every(({ peakBytes, seconds }) => (peakBytes ?? 0) > 0 && seconds > 0)).toBe(true);
    const settings = told.flatMap((event) => (event.type === 'image' ? [event.image.settings] : []));
    expect(settings.map(({ prompt, seed, steps }) => [prompt, seed, steps])).toEqual([
      ['red apple, glossy', 7, 1],
      ['green heart', 8, 2],
    ]);
    expect(readdirSync(join(folder, 'rows'))).toHaveLength(2);
  });

  it('says which line of a CSV file is wrong, and draws nothing', async () => {
    const file = write('prompts.csv', 'prompt,seed\nred apple,7\ngreen heart,seven\n');
    const { code, err } = await headroomHere(['run', table, '--set', `table.rows=${file}`]);
    expect(code).toBe(2);
    expect(err).toMatch(/prompts\.csv: Row 2 \(line 3\), column seed must be a whole number, not "seven"/);
  });

  it('tells a model that is not there once, not for each row', async () => {
    const { code, err } = await headroom(['run', table, '--set', 'model.model=nothing']);
    expect(code).toBe(2);
    expect(err.match(/nothing/g)).toHaveLength(1);
    expect(err).not.toMatch(/row 1/);
  });
});

describe('headroom run', () => {
  it('draws the example and says where the picture is', async () => {
    const { code, out, err } = await headroom([
      'run',
      example,
      ...quick,
      '--set',
      'generate.prompt=red apple',
      '--out',
      'out',
    ]);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringMatching(/Done: 1 picture in/) });
    const [name = ''] = readdirSync(join(folder, 'out'));
    expect(name).toMatch(/^red apple-0001-[0-9a-f]{12}\.png$/);
    expect(err).toMatch(/^red apple-0001-[0-9a-f]{12}\.png: \d+ MiB in use, \d+ MiB reserved, peak \d+ MiB\.$/m);
    expect(out).toMatch(/^out.red apple-0001-[0-9a-f]{12}\.png {2}\(256 × 256, seed \d+\)\n$/);
    const bytes = readFileSync(join(folder, 'out', name));
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([256, 256]);
    const inside = readWorkflow(JSON.parse(readPngText(bytes)!.get(WORKFLOW_KEYWORD)!));
    expect(inside.nodes.generate!.inputs).toMatchObject({ prompt: 'red apple', steps: 2, seed: expect.any(Number) });
  });

  it('gives the same bytes for the same seed, and never replaces a picture', async () => {
    const draw = () =>
      headroom(['run', example, ...quick, '--set', 'generate.seed=7', '--set', 'save.filename_prefix=a']);
    await draw();
    await draw();
    const names = readdirSync(join(folder, 'pictures')).toSorted();
    expect(names.map((name) => name.slice(0, 7))).toEqual(['a-0001-', 'a-0002-']);
    const [one, two] = names.map((name) => readFileSync(join(folder, 'pictures', name)));
    expect(Buffer.compare(one!, two!)).toBe(0);
  });

  it('tells one JSON event a line with --json and nothing else on standard output', async () => {
    const { code, out } = await headroom([
      'run',
      example,
      ...quick,
      '--json',
      '--set',
      'generate.seed=5',
      '--set',
      'generate.num_images=2',
    ]);
    expect(code).toBe(0);
    const told = events(out);
    expect(told.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['start', 'node', 'progress', 'memory', 'image', 'done']),
    );
    expect(told.map(({ type }) => type)).not.toContain('preview');
    const images = told.flatMap((event) => (event.type === 'image' ? [event.image] : []));
    expect(images.map(({ settings }) => settings)).toEqual([
      expect.objectContaining({ seed: 5, steps: 2, scheduler: 'ddim', model: 'starter', guidance_scale: 4 }),
      expect.objectContaining({ seed: 6 }),
    ]);
    expect(told.at(-1)).toMatchObject({ type: 'done', state: 'done', images: 2 });
  });

  it('stops after the step on Ctrl+C, with exit code 130 and no piece of a picture', async () => {
    let sent = false;
    const { code, err } = await headroom(['run', example, '--set', 'generate.steps=150', '--out', 'out'], {
      during(child, text) {
        if (!sent && text.includes('generate:')) sent = child.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(err).toContain('Stopping after this step');
    expect(err).toContain('before the first picture');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('finds models in --models and HEADROOM_MODELS', async () => {
    const args = ['run', example, ...quick, '--set', 'model.model=mine', '--json'];
    const models = join(folder, 'models');
    mkdirSync(models);
    symlinkSync(join(root, 'resources/models/starter'), join(models, 'mine'));
    expect((await headroom([...args, '--models', models])).code).toBe(0);
    expect((await headroom(args, { env: { HEADROOM_MODELS: models } })).code).toBe(0);
    expect((await headroom(args)).code).toBe(2);
  });
});

describe('wrong input ends 2 and says what is wrong and where', () => {
  const nodes = { model: { type: 'load_model' }, generate: { type: 'image_generate' }, save: { type: 'save_image' } };
  const edge = (from: string, to: string) => ({
    from: { node: from.split('.')[0], port: from.split('.')[1] },
    to: { node: to.split('.')[0], port: to.split('.')[1] },
  });
  const edges = [edge('model.model', 'generate.model'), edge('generate.image', 'save.image')];
  const document = { format: 'headroom-workflow', version: 1, nodes, edges };

  it.each<[string, unknown, RegExp]>([
    [
      'a loop',
      {
        ...document,
        nodes: { ...nodes, a: { type: 'clear_cache' }, b: { type: 'clear_cache' } },
        edges: [...edges, edge('a.value', 'b.value'), edge('b.value', 'a.value')],
      },
      /node [ab]: .*loop: .*[ab], [ab]/,
    ],
    [
      'a dangling edge',
      { ...document, edges: [...edges, edge('ghost.text', 'generate.prompt')] },
      /node generate: .*no node "ghost"/,
    ],
    ['an unknown node', { ...document, nodes: { ...nodes, x: { type: 'teleport' } } }, /node x: .*"teleport"/],
    [
      'a wrong type',
      { ...document, nodes: { ...nodes, generate: { type: 'image_generate', inputs: { steps: 'ten' } } } },
      /node generate: steps must be a whole number.*"ten"/,
    ],
    ['a newer version', { format: 'headroom-workflow', version: 99 }, /version 99.*Update Headroom/],
    [
      'a model that is not there',
      { ...document, nodes: { ...nodes, model: { type: 'load_model', inputs: { model: 'pear' } } } },
      /node model: .*no model "pear".*starter/,
    ],
    ['another kind of file', '<html>', /not valid JSON/],
  ])('%s', async (_, content, message) => {
    const { code, out, err } = await headroomHere(['run', write('w.json', content)]);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(message) });
    expect(err).toMatch(/^error: /m);
  });

  it.each<[string[], RegExp]>([
    [['run', 'nowhere.json'], /nowhere\.json/],
    [['run', example, '--set', 'generate.steps=0'], /node generate: steps must be/],
    [['run', example, '--device', 'abacus'], /--device must be one of auto, cuda/],
    [['run', example, '--device', 'cuda'], /cuda cannot be used/],
    [['run', example, '--device', 'dml'], /dml cannot be used here: onnxruntime does not have it on this system\./],
    ...['0', '-1', '1e-12', 'NaN', 'Infinity', 'much', ''].map((limit): [string[], RegExp] => [
      ['run', example, `--vram-limit=${limit}`],
      /--vram-limit must be a number of GiB above 0, such as 6 or 0.5, got/,
    ]),
    [['run', example, '--vram-limit', '-1'], /--vram-limit/],
    [
      ['run', example, '--device', 'cpu', '--vram-limit', '1e5'],
      /--vram-limit must be at most the [\d.]+ GiB that the device has, got 1e5/,
    ],
    [['run', 'gone.json'], /The workflow gone\.json cannot be read: there is no such file\.\n$/],
    [['estimate', root], /The workflow .* cannot be read: it is a folder\.\n$/],
    [['run', example, '--models', 'nowhere'], /--models: there is no folder nowhere/],
    [['run', example, '--sett', 'a'], /Unknown option '--sett'. See headroom run --help/],
    [['run', example, '--set'], /--set/],
    ...['models', 'doctor'].map((command): [string[], RegExp] => [[command, 'foo'], /takes options only, not "foo"/]),
    [['draw'], /no command "draw".*run, estimate, models, doctor/],
  ])('headroom %j', async (args, message) => {
    const { code, out, err } = await headroomHere(args);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(message) });
  });

  it('also with --json, as events', async () => {
    const { code, out } = await headroomHere(['run', example, '--set', 'generate.steps=0', '--json']);
    expect(code).toBe(2);
    expect(events(out)).toEqual([
      {
        type: 'error',
        error: {
          code: 'input',
          message: expect.stringContaining('steps'),
          place: { nodeId: 'generate', field: 'steps' },
        },
      },
      { type: 'done', state: 'failed', images: 0, seconds: 0 },
    ]);
  });
});

describe('headroom run --vram-limit', () => {
  const draw = (limit: number, out: string) =>
    headroom(['run', example, ...quick, '--set', 'generate.seed=7', `--vram-limit=${limit}`, '--out', out]);

  it('ends 3 with what was tried and what would fit, and draws with that much', async () => {
    const hopeless = await draw(0.006, 'hopeless');
    expect(hopeless).toMatchObject({ code: 3, err: expect.stringMatching(/not enough memory.*one after the other/) });
    expect(readdirSync(folder)).toEqual([]);
    const mebibytes = Number(/It should fit into (\d+) MiB/.exec(hopeless.err)?.[1]);
    expect(await draw(mebibytes / 1024, 'fitting')).toMatchObject({ code: 0, signal: null });
    expect(readdirSync(join(folder, 'fitting'))).toHaveLength(1);
  });
});

describe('headroom estimate', () => {
  const estimate = async (...options: string[]) => {
    const { code, out } = await headroomHere(['estimate', example, '--json', ...options]);
    return { code, ...zWorkflowEstimate.parse(JSON.parse(out)) };
  };

  it('compares with what is free where nothing else limits', async () => {
    const known = process.platform !== 'darwin';
    const { code, budgetBytes, fits, peakBytes } = await estimate();
    expect({ code, fits }).toEqual({ code: 0, fits: known ? 'yes' : 'unknown' });
    if (known) expect(budgetBytes).toBeGreaterThan(peakBytes);
  });

  it('ends 3 for a limit that nothing fits, with the savings that come nearest', async () => {
    const { code, budgetBytes, fits, nodes } = await estimate('--vram-limit=0.01');
    expect({ code, budgetBytes, fits }).toEqual({ code: 3, budgetBytes: Math.round(0.01 * 2 ** 30), fits: 'no' });
    expect(nodes.generate!.savings.length).toBeGreaterThan(0);
    expect(nodes.generate!.peakBytes).toBe(nodes.generate!.leastBytes);
  });
});

describe('pictures as input', () => {
  const estimate = (name: string, ...options: string[]) =>
    headroomHere(['estimate', join(root, `resources/workflows/${name}.json`), '--json', ...options]);

  it.each(['image-to-image', 'inpaint'])('finds those of the example %s beside it', async (name) => {
    const { code, out } = await estimate(name);
    const { nodes } = zWorkflowEstimate.parse(JSON.parse(out));
    expect(code).toBe(0);
    expect(nodes.generate?.stages).toHaveLength(4);
  });

  it('takes one that is named on the command line from the folder one is in, and says so where it is none', async () => {
    const path = write('notes.txt', 'no picture');
    const document = join(root, 'resources/workflows/image-to-image.json');
    const run = (image: string) => headroomHere(['run', document, '--set', `picture.image=${image}`, '--out', folder]);
    expect(await run(path)).toMatchObject({ code: 2, err: expect.stringContaining(`${path} is not a picture`) });
    expect(await run('gone.png')).toMatchObject({
      code: 3,
      err: expect.stringContaining(`${join(process.cwd(), 'gone.png')} cannot be read: there is no such file`),
    });
    expect(await run('')).toMatchObject({ code: 2, err: expect.stringContaining('image: no picture is chosen') });
  });
});

describe('a graphics card that is lost', () => {
  const lost = runtimeError('Running unet', new Error('CUDA failure 719: unspecified launch failure'));
  afterEach(() => vi.restoreAllMocks());

  it.each(['text-to-image', 'prompt-table'])('ends %s at once with 3 and clear words', async (name) => {
    const { run } = Session.prototype;
    let failures = 0;
    vi.spyOn(Session.prototype, 'run').mockImplementation(function (this: Session, inputs) {
      // The device is tried out before with a graph of its own.
      if (!this.name.startsWith('starter')) return run.call(this, inputs);
      failures += 1;
      return Promise.reject(lost);
    });
    const document = join(root, `resources/workflows/${name}.json`);
    const { code, err } = await headroomHere(['run', document, '--out', join(folder, 'out')]);
    expect({ code, err }).toEqual({
      code: 3,
      err: expect.stringMatching(/The graphics card was lost.*CUDA failure 719/),
    });
    expect(failures).toBe(1);
  });
});

describe('a results folder that takes nothing', () => {
  it('ends 3, names the folder and leaves what is there', async () => {
    const file = write('taken', 'mine');
    const { code, err } = await headroom(['run', example, ...quick, '--out', file]);
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining(file) });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});

describe('headroom', () => {
  it('explains itself and its commands', async () => {
    for (const args of [[], ['--help'], ['run', '--help'], ['models', '-h'], ['doctor', '--help']]) {
      const { code, out } = await headroomHere(args);
      expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('headroom') });
    }
    expect((await headroomHere(['--version'])).out).toMatch(/^headroom \d+\.\d+\.\d+\n$/);
  });

  it('lists models for people and for programs', async () => {
    expect((await headroomHere(['models'])).out).toMatch(/^starter {2}Stable Diffusion/);
    const { code, out } = await headroomHere(['models', '--json']);
    expect([code, JSON.parse(out)]).toEqual([0, [expect.objectContaining({ id: 'starter', usable: true })]]);
  });

  it('tells what a picture with each model takes, as an estimate of a run does, and whether that fits', async () => {
    const { out: listed } = await headroomHere(['models', '--json']);
    const { out: estimated } = await headroomHere(['estimate', example, '--json']);
    const needs = zModelEstimate.parse(JSON.parse(listed)[0].estimate);
    const { undegradedBytes, leastBytes } = zWorkflowEstimate.parse(JSON.parse(estimated)).nodes.generate!;
    expect(needs).toMatchObject({ width: 256, height: 256, undegradedBytes, leastBytes });
    const line = /256 × 256 takes \d+ MiB of memory, at least \d+ MiB(, which fits)?$/m;
    expect((await headroomHere(['models'])).out).toMatch(line);
  });

  it('examines the computer', async () => {
    const { code, out } = await headroom(['doctor', '--json']);
    const findings = JSON.parse(out);
    expect(code).toBe(0);
    expect(findings.providers).toContainEqual({ name: 'cpu', problem: null, remark: expect.stringMatching(/^CPU \(/) });
    expect(findings.canDraw).toBe(true);
    expect((await headroom(['doctor'])).out).toContain('can draw pictures');
  });
});
