import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImageResult } from '../contract/events.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { readPngText, WORKFLOW_KEYWORD } from '../contract/png-metadata.ts';
import type { Workflow } from '../contract/workflow.ts';
import { pictureOutput } from './picture-output.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-output-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a picture names those that it was drawn over without the folders of the computer', async () => {
  const resultsFolder = join(folder, 'results');
  const load = (path: string) => ({ type: 'load_image', inputs: { image: { path } } });
  const workflow: Workflow = {
    format: 'headroom-workflow',
    version: 1,
    nodes: {
      photo: load(join(folder, 'ann', 'photo.jpg')),
      earlier: load(join(resultsFolder, 'fruit', 'apple.png')),
      unchosen: load(''),
    },
    edges: [],
  };
  const told: ImageResult[] = [];
  const output = pictureOutput(
    'save',
    workflow,
    { resultsFolder, previewFolder: join(folder, 'previews') },
    { row: null, own: 'a' },
    (image) => told.push(image),
  );
  const picture = { width: 1, height: 1, rgb: Uint8Array.of(1, 2, 3), settings: {} };
  await output.save(picture, 'pear');
  await output.preview(picture);
  expect(told).toHaveLength(2);
  for (const { path } of told) {
    const bytes = readFileSync(path);
    expect(bytes.includes(folder)).toBe(false);
    const carried = readWorkflow(JSON.parse(readPngText(bytes)?.get(WORKFLOW_KEYWORD) ?? ''));
    expect(carried.nodes).toEqual({
      photo: load('photo.jpg'),
      earlier: load(join('fruit', 'apple.png')),
      unchosen: load(''),
    });
  }
});
