import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Workflow } from '../../engine/contract/workflow.ts';
import type { TestApp } from '../e2e/support/launch.ts';
import type { Measurement } from './measure.ts';
import { withApp } from './with-app.ts';

/** Groups of four nodes: model, text, generate, save. */
const GROUPS = 125;
const GROUPS_IN_A_ROW = 12;
/** Pointer positions per gesture, one a frame. */
const MOVES = 120;

/**
 * Times between the frames of the editor with 500 nodes, in the real app, while a hand pans and drags: with all nodes in sight,
 * and at full size. Without a GPU the page is painted by the CPU, which is the hard case.
 */
export async function benchEditorFrames(): Promise<Measurement[]> {
  return await withApp(
    async (app) => {
      const { page } = app;
      await allInSight(app);
      await page.waitForTimeout(2_000); // The engine has started.
      const far = [
        await measure(page, 'panning, all in sight', pan),
        await measure(page, 'dragging, all in sight', drag),
      ];
      await page.getByRole('button', { name: 'Zoom to 100 %' }).click();
      await page.waitForTimeout(1_000);
      const near = [await measure(page, 'panning, full size', pan), await measure(page, 'dragging, full size', drag)];
      return [...far, ...near];
    },
    async (home) => {
      const file = join(home, 'many-nodes.json');
      await writeFile(file, JSON.stringify(manyNodes()));
      return [file];
    },
  );
}

/** Waits until every node is on the canvas. @throws what the window shows instead */
async function allInSight({ page, pageErrors }: TestApp): Promise<void> {
  const nodes = page.locator('.react-flow__node');
  await nodes
    .nth(4 * GROUPS - 1)
    .waitFor({ timeout: 60_000 })
    .catch(async (cause) => {
      const zoom = await page.getByRole('button', { name: 'Zoom to 100 %' }).textContent({ timeout: 1_000 });
      const shown = `The editor shows ${await nodes.count()} of ${4 * GROUPS} nodes at ${zoom}`;
      const said = await page.locator('[data-sonner-toast]').allTextContents();
      throw new Error([shown, ...said, ...pageErrors].join('\n'), { cause });
    });
}

function manyNodes(): Workflow {
  const workflow: Workflow = { format: 'headroom-workflow', version: 1, name: 'Many nodes', nodes: {}, edges: [] };
  for (let group = 0; group < GROUPS; group++) {
    const [x, y] = [(group % GROUPS_IN_A_ROW) * 1300, Math.floor(group / GROUPS_IN_A_ROW) * 900];
    const add = (name: string, type: string, dx: number, dy: number) => {
      workflow.nodes[`${name}_${group}`] = { type, inputs: {}, position: { x: x + dx, y: y + dy } };
    };
    const connect = (from: string, output: string, to: string, input: string) =>
      workflow.edges.push({
        from: { node: `${from}_${group}`, port: output },
        to: { node: `${to}_${group}`, port: input },
      });
    add('model', 'load_model', 0, 0);
    add('text', 'text', 0, 150);
    add('generate', 'image_generate', 400, 0);
    add('save', 'save_image', 800, 0);
    connect('model', 'model', 'generate', 'model');
    connect('text', 'text', 'generate', 'prompt');
    connect('generate', 'image', 'save', 'image');
  }
  return workflow;
}

/** Runs in the page, as text: what compiles this file would put helpers into a function that the page does not have. */
const RECORD = `{
  const recorder = (window.recorder = { frames: [], stop: false });
  let last = performance.now();
  requestAnimationFrame(function next(now) {
    recorder.frames.push(now - last);
    last = now;
    if (!recorder.stop) requestAnimationFrame(next);
  });
}`;

type Gesture = (page: Page, width: number, height: number) => Promise<void>;

/** The times between frames while a gesture is made. */
async function measure(page: Page, what: string, gesture: Gesture): Promise<Measurement> {
  const pane = await page.locator('.react-flow').boundingBox();
  if (!pane) throw new Error('The editor is not there.');
  await page.evaluate(RECORD);
  await gesture(page, pane.width, pane.height);
  const values = await page.evaluate<number[]>('recorder.stop = true, recorder.frames.slice(1)');
  return { what: `editor with ${4 * GROUPS} nodes, frame while ${what}`, unit: 'ms', values };
}

/** With the middle button, which pans wherever the pointer is: away and back. */
async function pan(page: Page, width: number, height: number): Promise<void> {
  const [right, bottom] = [width * 0.8, height * 0.9];
  await page.mouse.move(right, bottom);
  await page.mouse.down({ button: 'middle' });
  await move(page, [right, bottom], [width * 0.2, height * 0.3]);
  await move(page, [width * 0.2, height * 0.3], [right, bottom]);
  await page.mouse.up({ button: 'middle' });
}

/** The node nearest to the middle, by its title. */
async function drag(page: Page, width: number, height: number): Promise<void> {
  const places = await page
    .locator('.react-flow__node header')
    .evaluateAll((headers) => headers.map((header) => header.getBoundingClientRect().toJSON() as DOMRect));
  const away = ({ x, y }: DOMRect) => Math.hypot(x - width / 2, y - height / 2);
  const [nearest] = places.sort((a, b) => away(a) - away(b));
  if (!nearest) throw new Error('There is no node to drag.');
  const start: Point = [nearest.x + nearest.width / 3, nearest.y + nearest.height / 2];
  await page.mouse.move(...start);
  await page.mouse.down();
  await move(page, start, [start[0] + width / 5, start[1] + height / 5]);
  await page.mouse.up();
}

type Point = [x: number, y: number];

async function move(page: Page, from: Point, to: Point): Promise<void> {
  for (let i = 1; i <= MOVES; i++) {
    const share = i / MOVES;
    await page.mouse.move(from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share);
    await page.waitForTimeout(16);
  }
}
