import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fromWorkflow } from '../graph/document.ts';
import { setField } from '../graph/edits.ts';
import { noteOpened } from '../stores/document.ts';
import { setEngineMemory, setEngineStatus } from '../stores/engine.ts';
import { setEstimate, useEstimate } from '../stores/estimate.ts';
import { edit, replaceDocument } from '../stores/graph.ts';
import { setModelLibrary } from '../stores/models.ts';
import { addSamples } from '../stores/monitor.ts';
import { resetEditor } from '../testing/editor.tsx';
import { describeExample, exampleWorkflow } from '../testing/example-nodes.ts';
import { exampleEngineMemory, exampleEstimate, exampleGpu, exampleSample } from '../testing/examples.ts';
import { type FakeApp, installFakeApp } from '../testing/fake-app.ts';
import { connectEstimates } from './estimate-document.ts';

const GIB = 1024 ** 3;
const ready = { state: 'ready', pid: 1, device: 'cuda', runtime: 'onnxruntime' } as const;
const busy = { ...ready, state: 'busy', lease: null, since: 0 } as const;

let app: FakeApp;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  app = installFakeApp().answer('engine:estimate', () => exampleEstimate());
  replaceDocument(fromWorkflow(exampleWorkflow(), describeExample).document);
  noteOpened(null);
  setEngineStatus(ready);
  stop = connectEstimates();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  resetEditor();
});

/** Long enough for every pause. */
const settle = () => vi.advanceTimersByTimeAsync(5_000);
const asked = () => app.parametersOf('engine:estimate').map(({ workflow }) => workflow.nodes.generate);
const setSteps = (steps: number) => edit((draft) => setField(draft, 'generate', 'steps', steps));
let time = 0;
const setFree = (freeBytes: number) => {
  time += 1;
  addSamples([exampleSample({ time, gpu: exampleGpu({ totalBytes: 24 * GIB, freeBytes }) })]);
};

test('a document is estimated when it is opened, and once after a row of changes', async () => {
  await settle();
  expect(useEstimate.getState().estimate).toEqual(exampleEstimate());
  for (const steps of [1, 12, 123]) {
    setSteps(steps);
    await vi.advanceTimersByTimeAsync(100);
  }
  await settle();
  expect(asked().map((node) => node?.inputs.steps)).toEqual([20, 123]);
});

test('where nodes stand and what they are called makes no difference', async () => {
  await settle();
  edit(({ nodes }) => {
    for (const node of Object.values(nodes)) Object.assign(node, { title: 'Mine', position: { x: 1, y: 1 } });
  });
  await settle();
  expect(asked()).toHaveLength(1);
});

test('an engine that works is not asked, and the last estimate stays until it is free again', async () => {
  await settle();
  setEngineStatus(busy);
  setSteps(30);
  await settle();
  expect(asked()).toHaveLength(1);
  expect(useEstimate.getState().estimate).not.toBeNull();
  setEngineStatus(ready);
  await settle();
  expect(asked()).toHaveLength(2);
  setEngineStatus({ ...ready, pid: 2 });
  await settle();
  expect(asked()).toHaveLength(3);
});

test('what a run taught the engine about its memory is asked for', async () => {
  setEngineMemory(exampleEngineMemory());
  await settle();
  setEngineStatus(busy);
  setEngineMemory(exampleEngineMemory({ learnedAt: 5 }));
  setEngineStatus(ready);
  await settle();
  setEngineStatus(busy);
  setEngineMemory(exampleEngineMemory({ learnedAt: 5 }));
  setEngineStatus(ready);
  await settle();
  expect(asked()).toHaveLength(2);
});

test('memory that comes or goes is noticed, and small movements are not', async () => {
  setFree(15 * GIB);
  await settle();
  setFree(15.5 * GIB);
  await settle();
  expect(asked()).toHaveLength(1);
  setFree(9 * GIB);
  await settle();
  expect(asked()).toHaveLength(2);
});

test('other models may need more', async () => {
  await settle();
  setModelLibrary({ state: 'ready', models: [] });
  await settle();
  expect(asked()).toHaveLength(2);
});

test('an answer that comes after another document was opened is not for that one', async () => {
  let answer: (estimate: ReturnType<typeof exampleEstimate>) => void = () => {};
  app.answer('engine:estimate', () => new Promise((resolve) => (answer = resolve)));
  await settle();
  noteOpened(null);
  answer(exampleEstimate());
  await vi.advanceTimersByTimeAsync(0);
  expect(useEstimate.getState().estimate).toBeNull();
  await settle();
  answer(exampleEstimate());
  await settle();
  expect(useEstimate.getState().estimate).not.toBeNull();
});

test('an engine that is lost meanwhile is asked again when it is back', async () => {
  app.answer('engine:estimate', () => {
    throw new Error('the engine was lost');
  });
  await settle();
  expect(useEstimate.getState().estimate).toBeNull();
  app.answer('engine:estimate', () => exampleEstimate());
  setEngineStatus({ ...ready, pid: 2 });
  await settle();
  expect(useEstimate.getState().estimate).not.toBeNull();
  setEstimate(null);
});
