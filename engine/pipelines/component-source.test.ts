import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelAt, quietEnvironment, quietStage } from '../../tests/support/engine.ts';
import { writePipeline } from '../../tests/support/pipelines.ts';
import type { ComponentRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { cudaDialect } from '../layers/dialects/cuda.ts';
import { tensor } from '../tensor/tensor.ts';
import { componentSource } from './component-source.ts';
import { DerivedWeights } from './derived/derived-weights.ts';
import { withComponent } from './with-component.ts';

let folder: string;
let model: Model;
/** Of all networks T5 is the one whose graph for CUDA has only operators that the CPU has, too. */
let t5: ComponentRecord;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-stage-'));
  model = modelAt(writePipeline('flux_dev', join(folder, 'model'), 'F32'), 'model');
  t5 = model.family.textEncoders[1] as ComponentRecord;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Encodes on a device that computes in float16, in an engine of its own. */
async function encode(derived: DerivedWeights) {
  const progress: string[] = [];
  const warnings: string[] = [];
  const stage = quietStage({
    environment: { ...quietEnvironment(), dialect: cudaDialect, derived },
    progress: (_phase, _fraction, detail) => progress.push(detail),
    warning: (message) => warnings.push(message),
  });
  const ids = tensor(
    'int64',
    [1, 8],
    BigInt64Array.from({ length: 8 }, (_, index) => BigInt(index)),
  );
  const { hidden_states: states } = await withComponent(stage, model, t5, (lease) =>
    lease.run({ input_ids: ids }, 'encode', ''),
  );
  return { states, progress, warnings };
}

const prepared = (progress: readonly string[]) => progress.filter((detail) => detail.startsWith('preparing'));

it('keeps weights in the type of the device, tells how far it is, and does it once', async () => {
  const kept = join(folder, 'derived');
  const isKept = () => {
    const environment = { ...quietEnvironment(), derived: new DerivedWeights(kept) };
    return componentSource(quietStage({ environment }), model, t5, { dialect: cudaDialect }).isPrepared?.();
  };
  expect(isKept()).toBe(false);
  const first = await encode(new DerivedWeights(kept));
  expect(isKept()).toBe(true);
  expect(prepared(first.progress)[0]).toBe(`preparing ${t5.name} for this device, once: 0 %`);
  expect(readdirSync(kept)).toHaveLength(1);
  const second = await encode(new DerivedWeights(kept));
  expect(prepared(second.progress)).toEqual([]);
  expect(second.states).toEqual(first.states);
  expect([...first.warnings, ...second.warnings]).toEqual([]);
});

it('draws all the same where they cannot be kept, and says so', async () => {
  const kept = await encode(new DerivedWeights(join(folder, 'derived')));
  const full = await encode(new DerivedWeights(join(folder, 'full'), { freeBytes: () => 0 }));
  const [warning] = full.warnings;
  expect(warning).toContain(t5.name);
  expect(warning).toContain('Free some space');
  expect(full.states).toEqual(kept.states);
  const noFolder = await encode(new DerivedWeights(join(model.source.path, 'model_index.json', 'derived')));
  expect(noFolder.warnings).toHaveLength(1);
  expect(noFolder.states).toEqual(kept.states);
});
