import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundledTokenizers } from '../../tests/support/engine.ts';
import { guideImage, writeControlNet, writeExtra } from '../../tests/support/extras.ts';
import { referenceWeights } from '../../tests/support/networks.ts';
import { writePipeline } from '../../tests/support/pipelines.ts';
import { writeSafetensors } from '../../tests/support/safetensors.ts';
import type { RunEvent } from '../contract/events.ts';
import { readWorkflow } from '../contract/migrations.ts';
import { encodePng } from '../images/picture.ts';
import type { Engine } from './engine.ts';
import { openEngine } from './open.ts';

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-loras-'));
  writePipeline('sd15', join(folder, 'models/small'));
  mkdirSync(join(folder, 'models/loras'));
  writeExtra(join(folder, 'models/loras'), 'lora');
  writeExtra(join(folder, 'models'), 'inversion');
  writeControlNet(join(folder, 'models/edges'), 'control_0');
  writeFileSync(join(folder, 'guide.png'), encodePng(guideImage(96, 64, 0)));
  const layer = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q';
  const shapes = { down: [2, 8], up: [8, 2] };
  const tensors = Object.entries(shapes).flatMap(([part, shape]) => [
    [`${layer}.lora_${part}.weight`, shape],
    [`lora_unet_lost_layer.lora_${part}.weight`, shape],
  ]);
  writeSafetensors(join(folder, 'models/partly.safetensors'), referenceWeights(Object.fromEntries(tensors)), 'F16');
  engine = await openEngine(
    {
      modelFolders: [join(folder, 'models')],
      tokenizersFolder: bundledTokenizers,
      resultsFolder: join(folder, 'results'),
      previewFolder: join(folder, 'previews'),
      stateFolder: join(folder, 'state'),
      device: 'cpu',
    },
    { onLease() {}, onMemory() {}, onLog() {} },
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A model, LoRAs behind each other, and pictures. */
function workflowWith(loras: { lora: string; weight?: number }[], prompt = 'a red apple') {
  const nodes: Record<string, object> = {
    model: { type: 'load_model', inputs: { model: 'small' } },
    generate: { type: 'image_generate', inputs: { prompt, steps: 2, seed: 5, width: 64, height: 64 } },
    save: { type: 'save_image' },
  };
  const edges = [{ from: { node: 'generate', port: 'image' }, to: { node: 'save', port: 'image' } }];
  let last = 'model';
  for (const [index, inputs] of loras.entries()) {
    const id = `lora_${index}`;
    nodes[id] = { type: 'load_lora', inputs };
    edges.push({ from: { node: last, port: 'model' }, to: { node: id, port: 'model' } });
    last = id;
  }
  edges.push({ from: { node: last, port: 'model' }, to: { node: 'generate', port: 'model' } });
  return readWorkflow({ format: 'headroom-workflow', version: 1, nodes, edges });
}

async function run(workflow: ReturnType<typeof workflowWith>) {
  const events: RunEvent[] = [];
  const signal = new AbortController().signal;
  await engine.run({ runId: `run-${Math.random()}`, workflow }, { signal, onEvent: (event) => events.push(event) });
  return {
    pictures: events.flatMap((event) => (event.type === 'image' ? [event.image] : [])),
    warnings: events.flatMap((event) => (event.type === 'warning' ? [event] : [])),
    errors: events.flatMap((event) => (event.type === 'error' ? [event.error] : [])),
  };
}

it('draws with LoRAs that follow each other, and says so in the picture', async () => {
  const { pictures, warnings, errors } = await run(workflowWith([{ lora: 'lora' }, { lora: 'lora', weight: -0.25 }]));
  expect({ warnings, errors }).toEqual({ warnings: [], errors: [] });
  expect(pictures[0]?.settings.loras).toBe('lora:1, lora:-0.25');
  const estimate = await engine.estimate(workflowWith([{ lora: 'lora' }]));
  const without = await engine.estimate(workflowWith([]));
  expect(estimate.problems).toEqual([]);
  expect(estimate.nodes).toEqual(without.nodes);
});

it('draws as without one where none is chosen', async () => {
  const [none, without] = [await run(workflowWith([{ lora: '' }])), await run(workflowWith([]))];
  expect(none.errors).toEqual([]);
  expect(none.pictures[0]?.settings).toEqual(without.pictures[0]?.settings);
});

it('warns of layers that the model does not have', async () => {
  const { warnings, errors } = await run(workflowWith([{ lora: 'partly' }]));
  expect(errors).toEqual([]);
  expect(warnings).toMatchObject([
    {
      message: 'partly changes one layer that small does not have: lora_unet_lost_layer.',
      place: { nodeId: 'lora_0', field: 'lora' },
    },
  ]);
});

it('says which LoRAs there are when one is asked for that is not', async () => {
  const { errors } = await run(workflowWith([{ lora: 'gone' }]));
  expect(errors).toMatchObject([
    {
      code: 'input',
      message: expect.stringMatching(/There is no LoRA "gone" in .*LoRAs found: lora, partly\./),
      place: { nodeId: 'lora_0', field: 'lora' },
    },
  ]);
});

it('finds textual inversions of the models folders by their names', async () => {
  const { warnings, errors, pictures } = await run(
    workflowWith([], 'a <Inversion>, embedding:inversion, embedding:gone'),
  );
  expect(errors).toEqual([]);
  expect(pictures).toHaveLength(1);
  expect(warnings).toMatchObject([{ message: expect.stringContaining('a textual inversion that is not there: gone') }]);
});

it('has pictures follow an image by a ControlNet of a folder that diffusers saved', async () => {
  const workflow = workflowWith([{ lora: 'lora' }]);
  const guided = readWorkflow({
    ...workflow,
    nodes: {
      ...workflow.nodes,
      image: { type: 'load_image', inputs: { image: { path: join(folder, 'guide.png') } } },
      control: { type: 'apply_controlnet', inputs: { controlnet: 'edges', strength: 0.5, end: 0.5 } },
    },
    edges: [
      ...workflow.edges.filter(({ to }) => to.node !== 'generate'),
      { from: { node: 'lora_0', port: 'model' }, to: { node: 'control', port: 'model' } },
      { from: { node: 'image', port: 'image' }, to: { node: 'control', port: 'image' } },
      { from: { node: 'control', port: 'model' }, to: { node: 'generate', port: 'model' } },
    ],
  });
  const { pictures, errors, warnings } = await run(guided);
  expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
  expect(pictures[0]?.settings).toMatchObject({ loras: 'lora:1', controlnets: 'edges:0.5' });
  const { nodes, problems } = await engine.estimate(guided);
  expect(problems).toEqual([]);
  expect(nodes.generate?.stages.map(({ component }) => component)).toContain('controlnet_1');
});
