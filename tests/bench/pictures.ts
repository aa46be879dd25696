import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../engine/contract/events.ts';
import { readWorkflowText } from '../../engine/contract/migrations.ts';
import type { Model } from '../../engine/families/model.ts';
import { openEngine } from '../../engine/host/open.ts';
import { withComponent } from '../../engine/pipelines/with-component.ts';
import { bundledModels, bundledTokenizers, quietStage, starterModel } from '../support/engine.ts';
import { type Measurement, milliseconds, repeated } from './measure.ts';

const STEPS = 20;

/** The starter model at 256 × 256, 20 steps, one picture, through the whole engine: from the document to the PNG on disk. */
export async function benchPictures(): Promise<Measurement[]> {
  const loads = await repeated(5, () => loadAll(starterModel()));
  const folder = mkdtempSync(join(tmpdir(), 'headroom-bench-'));
  const draw = await drawer(folder);
  await draw(); // Loads the components.
  const runs = await repeated(7, draw);
  rmSync(folder, { recursive: true });
  const values = (read: (run: Run) => number) => runs.map(read);
  return [
    { what: 'starter model: load all three components', unit: 'ms', values: loads },
    { what: `starter model: one of ${STEPS} steps`, unit: 's', values: values(({ stepMs }) => stepMs / 1000) },
    { what: `starter model: picture of ${STEPS} steps`, unit: 's', values: values(({ totalMs }) => totalMs / 1000) },
    {
      what: 'of that outside of onnxruntime',
      unit: '%',
      values: values((run) => (1 - run.runtimeMs / run.totalMs) * 100),
    },
  ];
}

/** From nothing resident to everything, the files in the page cache. */
export async function loadAll(model: Model): Promise<number> {
  const stage = quietStage();
  const { textEncoders, denoiser, vaeDecoder } = model.family;
  const duration = await milliseconds(async () => {
    for (const component of [...textEncoders, denoiser, vaeDecoder]) {
      await withComponent(stage, model, component, async () => {});
    }
  });
  await stage.environment.components.evictIdle();
  return duration;
}

interface Run {
  readonly totalMs: number;
  /** Spent in calls to the runtime, as the busy leases tell. */
  readonly runtimeMs: number;
  /** Mean time from one step's beginning to the next one's. */
  readonly stepMs: number;
}

/** Draws the default workflow; each run has an id of its own and therefore another seed. */
async function drawer(folder: string): Promise<() => Promise<Run>> {
  let runtimeMs = 0;
  let since = 0;
  const stepStarts: number[] = [];
  const engine = await openEngine(
    {
      modelFolders: [bundledModels],
      tokenizersFolder: bundledTokenizers,
      resultsFolder: folder,
      previewFolder: folder,
      device: 'cpu',
    },
    {
      onLease(lease) {
        const now = performance.now();
        if (lease === null) runtimeMs += now - since;
        else if (lease.what.startsWith('denoise')) stepStarts.push(now);
        since = now;
      },
      onMemory() {},
      onLog() {},
    },
  );
  const example = join(import.meta.dirname, '../../resources/workflows/text-to-image.json');
  const workflow = readWorkflowText(readFileSync(example, 'utf8'));
  let run = 0;
  return async () => {
    run += 1;
    runtimeMs = 0;
    stepStarts.length = 0;
    const signal = new AbortController().signal;
    const onEvent = (event: RunEvent) => {
      if (event.type === 'error') throw new Error(event.error.message);
    };
    const totalMs = await milliseconds(() => engine.run({ runId: `run ${run}`, workflow }, { signal, onEvent }));
    const [first = 0, last = 0] = [stepStarts[0], stepStarts.at(-1)];
    return { totalMs, runtimeMs, stepMs: (last - first) / (stepStarts.length - 1) };
  };
}
