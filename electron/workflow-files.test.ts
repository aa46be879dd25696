import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workflow } from '../engine/contract/workflow.ts';
import { WorkflowFiles } from './workflow-files.ts';

const workflow: Workflow = {
  format: 'headroom-workflow',
  version: 1,
  name: 'Äpfel: a/b',
  nodes: { save: { type: 'save_image', inputs: { file_name: '赤' } } },
  edges: [],
};

let folder: string;
let chosen: string | null;
let suggestions: string[];
let files: WorkflowFiles;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-files-'));
  chosen = null;
  suggestions = [];
  files = new WorkflowFiles(
    {
      chooseWorkflow: async () => chosen,
      chooseTarget: async (suggestion) => {
        suggestions.push(suggestion);
        return chosen;
      },
    },
    { find: (named, of) => `${of}/found ${named}` },
  );
});
afterEach(() => rm(folder, { recursive: true }));

test('pictures that a document names are where it is, unless it says where on the disk', async () => {
  const nodes = {
    beside: { type: 'load_image', inputs: { image: { path: 'photos/cat.png' } } },
    elsewhere: { type: 'load_image', inputs: { image: { path: path.resolve('/photos/dog.png') } } },
    none: { type: 'load_image', inputs: { image: { path: '' } } },
  };
  const file = path.join(folder, 'a.json');
  await writeFile(file, JSON.stringify({ ...workflow, nodes }));
  expect((await files.read(file)).workflow.nodes).toEqual({
    beside: { type: 'load_image', inputs: { image: { path: path.join(folder, 'photos', 'cat.png') } } },
    elsewhere: nodes.elsewhere,
    none: nodes.none,
  });
});

test('a document that was never saved asks where, then saves there again without asking', async () => {
  expect(await files.save(null, workflow)).toEqual({ outcome: 'cancelled' });
  chosen = path.join(folder, 'a.json');
  expect(await files.save(null, workflow)).toEqual({ outcome: 'done', value: { path: chosen } });
  expect(suggestions).toEqual(['Äpfel a b.json', 'Äpfel a b.json']);
  expect(await files.save(chosen, { ...workflow, name: 'again' })).toMatchObject({ outcome: 'done' });
  expect(suggestions).toHaveLength(2);
  expect(await files.open(chosen)).toEqual({
    outcome: 'done',
    value: { path: chosen, workflow: { ...workflow, name: 'again' } },
  });
  expect(await readdir(folder)).toEqual(['a.json']);
});

test('an opened document is saved to its file; any other file only if the person says so', async () => {
  const file = path.join(folder, 'b.json');
  await writeFile(file, `\uFEFF${JSON.stringify(workflow)}`);
  expect(await files.save(file, workflow)).toEqual({ outcome: 'cancelled' });
  expect(suggestions).toEqual([file]);
  chosen = file;
  expect(await files.open(null)).toMatchObject({ outcome: 'done' });
  chosen = null;
  expect(await files.save(file, workflow)).toEqual({ outcome: 'done', value: { path: file } });
});

test('what cannot be opened says why', async () => {
  const file = path.join(folder, 'c.json');
  const failing = async () => {
    const result = await files.open(file);
    return result.outcome === 'failed' ? result.message : result.outcome;
  };
  expect(await failing()).toMatch(/c\.json.*does not exist/);
  await writeFile(file, '{"format":');
  expect(await failing()).toMatch(/not valid JSON/);
  await writeFile(file, JSON.stringify({ ...workflow, version: 9 }));
  expect(await failing()).toMatch(/version 9.*newer/);
  await writeFile(file, JSON.stringify({ ...workflow, nodes: { save: { type: 7 } } }));
  expect(await failing()).toMatch(/nodes\.save\.type/);
  await truncate(file, 100 * 1024 ** 2);
  expect(await failing()).toMatch(/too large/);
  await rm(file);
  await mkdir(file);
  expect(await failing()).toMatch(/it is a folder/);
});

test('a picture gives the workflow that is inside it, as a document without a file', async () => {
  const picture = pictureWith('headroom-workflow', JSON.stringify(workflow));
  const opened = { outcome: 'done', value: { path: null, workflow } };
  expect(await files.fromPicture(picture)).toEqual(opened);
  const file = path.join(folder, 'd.PNG');
  await writeFile(file, picture);
  expect(await files.open(file)).toEqual(opened);
  for (const other of [pictureWith('parameters', 'Steps: 20'), new Uint8Array([1, 2, 3])]) {
    expect(await files.fromPicture(other)).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('picture'),
    });
  }
  const broken = await files.fromPicture(pictureWith('headroom-workflow', '{}'));
  expect(broken).toMatchObject({ outcome: 'failed', message: expect.stringContaining('not a workflow') });
});

test('where a document cannot be written, the message says why', async () => {
  chosen = path.join(folder, 'missing', 'e.json');
  expect(await files.save(null, workflow)).toEqual({
    outcome: 'failed',
    message: `${chosen} was not saved: it does not exist.`,
  });
});

// A limit on file sizes stands in for the full disk: the same write fails in the same place.
test.runIf(process.platform !== 'win32')('a disk that is full while saving leaves the old file whole', async () => {
  const file = path.join(folder, 'f.json');
  const old = JSON.stringify(workflow);
  await writeFile(file, old);
  const script = `
    import { WorkflowFiles } from ${JSON.stringify(path.join(import.meta.dirname, 'workflow-files.ts'))};
    process.on('SIGXFSZ', () => {}); // The write then fails instead of the process.
    const files = new WorkflowFiles({ chooseWorkflow: async () => null, chooseTarget: async () => null });
    const { value } = await files.open(process.argv[1]);
    value.workflow.nodes.save.inputs.file_name = 'x'.repeat(1_000_000);
    console.log(JSON.stringify(await files.save(process.argv[1], value.workflow)));`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', script, file];
  const limited = ['ulimit -f 100; exec "$@"', 'sh', ...node];
  const { stdout } = await promisify(execFile)('sh', ['-c', ...limited], {
    env: { ...process.env, TSX_DISABLE_CACHE: '1' },
  });
  expect(JSON.parse(stdout)).toEqual({ outcome: 'failed', message: expect.stringContaining('larger than is allowed') });
  expect(await readFile(file, 'utf8')).toBe(old);
  expect(await readdir(folder)).toEqual(['f.json']);
});

/** A PNG with nothing but one text chunk. */
function pictureWith(keyword: string, text: string): Uint8Array {
  const data = Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`), Buffer.from(text)]);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length);
  head.write('iTXt', 4);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return new Uint8Array(Buffer.concat([signature, head, data, Buffer.alloc(4)]));
}

test('a picture that the workflow of another one names is looked for from there', async () => {
  const nodes = { load: { type: 'load_image', inputs: { image: { path: 'cat.png' } } } };
  const file = path.join(folder, 'drawn.png');
  const picture = pictureWith('headroom-workflow', JSON.stringify({ ...workflow, nodes }));
  await writeFile(file, picture);
  const found = (of: string | null) => ({
    outcome: 'done',
    value: { workflow: { nodes: { load: { inputs: { image: { path: `${of}/found cat.png` } } } } } },
  });
  expect(await files.open(file)).toMatchObject(found(folder));
  expect(await files.fromPicture(picture)).toMatchObject(found(null));
});
