import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { describeApp } from './support/scenario.ts';

const run = promisify(execFile);

// A copy where no folder above has a node_modules: what was not packed cannot be found by accident.
const packed = resolve(import.meta.dirname, '../../dist/linux-unpacked');
if (!existsSync(packed)) throw new Error(`There is no ${packed}: run \`npm run dist -- --dir\`.`);
const folder = await mkdtemp(join(tmpdir(), 'headroom-packaged-'));
const app = join(folder, 'app');
await cp(packed, app, { recursive: true });
afterAll(() => rm(folder, { recursive: true, force: true }));

describeApp('the packaged app', { executable: join(app, 'headroom') });

describe('the package', () => {
  const resources = join(app, 'resources');

  test('has the command line, which draws with the packaged model', async () => {
    const out = join(folder, 'out');
    const workflow = join(resources, 'workflows', 'text-to-image.json');
    const parameters = ['run', workflow, '--set', 'generate.prompt=red apple', '--out', out, '--json'];
    const { stdout } = await run(join(app, 'headroom-cli'), parameters);
    const events = stdout.trim().split('\n');
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ type: 'done', state: 'done' });
    expect((await readdir(out)).map((name) => name.split('.').at(-1))).toEqual(['png']);
  });

  test("has this platform's native modules and no other's", async () => {
    const files = await readdir(join(resources, 'app.asar.unpacked'), { recursive: true });
    const names = files.map((file) => basename(file));
    expect(names).toEqual(expect.arrayContaining(['libonnxruntime.so.1', 'onnxruntime_binding.node', 'koffi.node']));
    expect(files.filter((file) => /darwin|win32|arm64|\.dll$|\.dylib$/.test(file))).toEqual([]);
  });

  test('leaves out what only makes it: the training of the starter model, the start-up app of the Electron tool', async () => {
    expect(await readdir(join(resources, 'models', 'starter'))).not.toContain('training');
    expect(await readdir(resources)).not.toContain('default_app.asar');
  });
});
