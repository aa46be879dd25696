import type { ComponentRecord } from '../families/family.ts';
import { buildComponent, componentDialect, denoiserOf, type Model } from '../families/model.ts';
import type { Dialect } from '../layers/dialect.ts';
import { withAttentionSlices } from '../layers/dialects/attention-slices.ts';
import type { Corrections } from '../memory/corrections.ts';
import { regionBytes } from '../memory/device-memory.ts';
import { type MemoryPlan, ON_PROCESSOR, type StageName } from '../memory/plan.ts';
import { cutInto } from '../onnx/cut/cut-model.ts';
import { activationPeak } from '../onnx/estimate/activation-peak.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import { componentForm } from './component-form.ts';
import { type NetworkRun, tiledDecodeRuns, tiledEncodeRuns } from './tiled/tiled-runs.ts';
import type { Size } from './tiled/tiles.ts';

/** The part of a request that memory depends on. */
export interface RequestShape {
  readonly model: Model;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  readonly guided: boolean;
  readonly parts: readonly RunPart[];
}

/** What a run does on the device: encode prompts, encode a picture, sample, decode. */
export type RunPart = 'prompts' | 'picture' | 'sample' | 'decode';

/** What a stage needs while it works. */
export interface StageNeed {
  readonly stage: StageName;
  readonly component: string;
  /** What has to be in memory of its weights: all, or one of the parts that they are cut into. */
  readonly weightBytes: number;
  /** What one run's values need at most, beside the weights: by its graph, corrected by what was measured. */
  readonly activationBytes: number;
  /** The same by the graph alone. */
  readonly graphBytes: number;
  /** Weights of other networks that have to be resident at the same time. */
  readonly heldBytes?: number;
}

/** On what a run is to be made. */
export interface NeedsContext {
  readonly dialect: Dialect;
  readonly corrections: Corrections;
}

const graphs = new WeakMap<Model, Map<string, readonly OnnxModel[]>>();

/** The graph of a component as it is asked about before it is loaded, in parts; built once for each model and device. */
function graphOf(model: Model, component: ComponentRecord, dialect: Dialect, parts: number): readonly OnnxModel[] {
  const known = graphs.get(model) ?? new Map<string, readonly OnnxModel[]>();
  graphs.set(model, known);
  const keyOf = (count: number) => [component.name, component.variant, dialect.id, count].join(' ');
  const whole = known.get(keyOf(1)) ?? [buildComponent(model, component, dialect)];
  const inParts = known.get(keyOf(parts)) ?? whole.flatMap((graph) => cutInto(graph, parts));
  known.set(keyOf(1), whole);
  known.set(keyOf(parts), inParts);
  return inParts;
}

type GraphNeed = Pick<StageNeed, 'weightBytes' | 'graphBytes'>;

const graphNeeds = new Map<string, GraphNeed>();

/** By its graph alone. A search for a plan asks the same again and again, and so do a document's nodes and a library's models of one form. */
function graphNeed(
  model: Model,
  component: ComponentRecord,
  dialect: Dialect,
  dimensions: Readonly<Record<string, number>>,
  parts: number,
): GraphNeed {
  const key = JSON.stringify([componentForm(model, component), dialect.id, dimensions, parts]);
  const known = graphNeeds.get(key);
  if (known) return known;
  const network = graphOf(model, component, dialect, parts);
  const weightBytes = Math.max(...network.map(({ weightElements }) => weightElements)) * weightSize(dialect);
  const need = { weightBytes, graphBytes: activationPeak(network, dimensions).bytes };
  graphNeeds.set(key, need);
  return need;
}

/** What a network's runs are measured as: those of all models of a family are alike. */
export function networkName({ family }: Model, { name }: ComponentRecord, dialect: Dialect): string {
  return `${family.id} ${name} ${dialect.id}`;
}

/** The dialect in which a plan's denoiser is built. */
export function denoiserDialect(dialect: Dialect, plan: MemoryPlan): Dialect {
  return plan.attentionSlices === 1 ? dialect : withAttentionSlices(dialect, plan.attentionSlices);
}

/** Bytes of one weight as a session of this dialect holds it. */
export function weightSize(dialect: Dialect): number {
  return dialect.computeType === 'float16' ? 2 : 4;
}

/** What the device gives for a stage that is computed elsewhere. */
const NOTHING = { weightBytes: 0, activationBytes: 0, graphBytes: 0, heldBytes: 0 } as const;

/** What each part of a run needs under a plan; nothing is loaded for it. */
export function stageNeeds(shape: RequestShape, plan: MemoryPlan, context: NeedsContext): StageNeed[] {
  const needs = shape.parts.flatMap((part) => partNeeds(part, shape, plan, context));
  return needs.map((each) => (plan[ON_PROCESSOR[each.stage]] ? { ...each, ...NOTHING } : each));
}

function partNeeds(part: RunPart, shape: RequestShape, plan: MemoryPlan, context: NeedsContext): StageNeed[] {
  const { model, guided, width, height } = shape;
  const { textEncoders } = model.family;
  const { downscale } = model.latents;
  const size = { height: height / downscale, width: width / downscale };
  switch (part) {
    case 'prompts':
      return textEncoders.map((encoder) => {
        const text = { batch: 1, tokens: encoder.tokens };
        return need('encode', model, encoder, context, text, { parts: plan.encoderParts });
      });
    case 'picture':
      return [encodeNeed(model, size, plan, context)];
    case 'sample': {
      const batch = plan.imagesTogether * (guided && plan.guidanceTogether ? 2 : 1);
      const tokens = Math.max(...textEncoders.map((encoder) => encoder.tokens));
      const call = model.denoiserCalls.dimensions({ batch, ...size, tokens });
      const denoising = { ...context, dialect: denoiserDialect(context.dialect, plan) };
      return denoiseNeeds(model, call, denoising, shape, plan.denoiserParts);
    }
    case 'decode':
      return [decodeNeed(model, size, plan, context)];
  }
}

/** Of the denoiser and of the ControlNets that are held beside it. */
function denoiseNeeds(
  model: Model,
  call: Readonly<Record<string, number>>,
  context: NeedsContext,
  { width, height }: RequestShape,
  parts: number,
): StageNeed[] {
  const { config, configPath } = model.source.network(model.family.denoiser);
  const { latents, controls, family } = model;
  const size = { height: height / latents.downscale, width: width / latents.downscale };
  const residuals = controls.length > 0 ? family.denoiser.controlled?.dimensions(config, configPath, size) : {};
  const dimensions = { ...call, ...residuals, image_height: height, image_width: width };
  const needs = [denoiserOf(model), ...controls.map(({ component }) => component)].map((component) =>
    need('denoise', model, component, context, dimensions, { parts }),
  );
  return needs.map((own) => ({ ...own, heldBytes: total(needs) - own.weightBytes }));
}

function total(needs: readonly StageNeed[]): number {
  return needs.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
}

/** Of a picture, as a whole or in tiles. */
function encodeNeed(model: Model, size: Size, { vaeTile }: MemoryPlan, context: NeedsContext): StageNeed {
  const { vaeEncoder } = model.family;
  const runs = tiledEncodeRuns(model, size, vaeTile ?? Math.max(size.height, size.width));
  return { ...largestNeed('encode', model, runs, context, vaeEncoder), component: vaeEncoder.name };
}

function decodeNeed(model: Model, size: Size, plan: MemoryPlan, context: NeedsContext): StageNeed {
  const { vaeDecoder } = model.family;
  if (plan.vaeTile === null) {
    return need('decode', model, vaeDecoder, context, { batch: plan.decodedTogether, ...size });
  }
  return largestNeed('decode', model, tiledDecodeRuns(model, size, plan.vaeTile), context, vaeDecoder);
}

/** Of the runs that follow each other the one that needs most. */
function largestNeed(
  stage: StageName,
  model: Model,
  runs: readonly NetworkRun[],
  context: NeedsContext,
  measured: ComponentRecord,
): StageNeed {
  const needs = runs.map(({ component, dimensions }) =>
    need(stage, model, component, context, dimensions, { measured }),
  );
  const bytes = ({ weightBytes, activationBytes }: StageNeed) => weightBytes + activationBytes;
  return needs.reduce((most, candidate) => (bytes(candidate) > bytes(most) ? candidate : most));
}

interface NeedOptions {
  /** Into how many parts its weights are cut, of which the largest has to be in memory. */
  readonly parts?: number;
  /** The network whose runs were measured. */
  readonly measured?: ComponentRecord;
}

function need(
  stage: StageName,
  model: Model,
  component: ComponentRecord,
  { dialect: device, corrections }: NeedsContext,
  dimensions: Readonly<Record<string, number>>,
  { parts = 1, measured = component }: NeedOptions = {},
): StageNeed {
  const dialect = componentDialect(model, component, device);
  const { weightBytes, graphBytes } = graphNeed(model, component, dialect, dimensions, parts);
  const measuredAs = networkName(model, measured, componentDialect(model, measured, device));
  return {
    stage,
    component: component.name,
    weightBytes,
    activationBytes: corrections.corrected(measuredAs, graphBytes),
    graphBytes,
  };
}

/** What a run needs of the device at its worst moment. @param of only while that stage works */
export function peakBytes(needs: readonly StageNeed[], { residency }: MemoryPlan, of?: StageName): number {
  const weights = total(needs);
  const peaks = needs
    .filter(({ stage }) => of === undefined || stage === of)
    .map(({ weightBytes, activationBytes, heldBytes = 0 }) => {
      return (residency === 'resident' ? weights : weightBytes + heldBytes) + regionBytes(activationBytes);
    });
  return Math.max(...peaks);
}
