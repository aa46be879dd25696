import { denoiserOf, type Model } from '../families/model.ts';
import type { Dialect } from '../layers/dialect.ts';
import { withAttentionSlices } from '../layers/dialects/attention-slices.ts';
import type { Corrections } from '../memory/corrections.ts';
import { regionBytes } from '../memory/device-memory.ts';
import { type MemoryPlan, ON_PROCESSOR, type StageName } from '../memory/plan.ts';
import { type NetworkNeed, PlannedNetwork } from './network-need.ts';
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

/** The dialect in which a plan's denoiser is built. */
export function denoiserDialect(dialect: Dialect, { attentionSlices }: PlanFor<'sample'>): Dialect {
  return attentionSlices === 1 ? dialect : withAttentionSlices(dialect, attentionSlices);
}

/** What the device gives for a stage that is computed elsewhere. */
const NOTHING = { weightBytes: 0, activationBytes: 0, graphBytes: 0, heldBytes: 0 } as const;

/** What each part of a run needs under a plan; nothing is loaded for it. */
export function stageNeeds(shape: RequestShape, plan: MemoryPlan, context: NeedsContext): StageNeed[] {
  return shape.parts.flatMap((part) => partNeeds(part, shape, plan, context));
}

function partNeeds(part: RunPart, shape: RequestShape, plan: MemoryPlan, context: NeedsContext): StageNeed[] {
  const needs = stageRuns(part, shape, plan, context.dialect).map((runs) => largestNeed(runs, context.corrections));
  return needs.map((each) => (plan[ON_PROCESSOR[each.stage]] ? { ...each, ...NOTHING } : each));
}

/**
 * What a run needs of the device at its worst moment under a plan.
 *
 * @param enough where it needs no less than that, any number that is no less may be the answer: it is there at once when what
 * is known from other plans says so
 */
export function planBytes(
  shape: RequestShape,
  plan: MemoryPlan,
  context: NeedsContext,
  enough = Number.POSITIVE_INFINITY,
): number {
  const isKnown = (part: RunPart) => known.get(shape)?.has(keyOf(part, plan, context.dialect)) ?? false;
  const needs: StageNeed[] = [];
  for (const part of [...shape.parts].sort((one, other) => Number(isKnown(other)) - Number(isKnown(one)))) {
    needs.push(...partNeeds(part, shape, plan, context));
    if (peakBytes(needs, plan) >= enough) break;
  }
  return peakBytes(needs, plan);
}

/** What runs one after the other in a stage, each with what it needs by its graph. */
interface StageRuns {
  readonly stage: StageName;
  /** What they are measured as. */
  readonly measuredAs: string;
  readonly runs: readonly (NetworkNeed & { readonly component: string })[];
  readonly heldBytes?: number;
}

/** The one that needs most. */
function largestNeed({ stage, measuredAs, runs, ...held }: StageRuns, corrections: Corrections): StageNeed {
  const needs = runs.map(({ component, weightBytes, graphBytes }) => {
    const activationBytes = corrections.corrected(measuredAs, graphBytes);
    return { stage, component, weightBytes, activationBytes, graphBytes, ...held };
  });
  const bytes = ({ weightBytes, activationBytes }: StageNeed) => weightBytes + activationBytes;
  return needs.reduce((most, candidate) => (bytes(candidate) > bytes(most) ? candidate : most));
}

/** Which parts of a plan decide what a part of a run needs. */
const DECISIVE = {
  prompts: ['encoderParts'],
  picture: ['vaeTile'],
  sample: ['imagesTogether', 'guidanceTogether', 'attentionSlices', 'denoiserParts'],
  decode: ['decodedTogether', 'vaeTile'],
} as const satisfies Record<RunPart, readonly (keyof MemoryPlan)[]>;

type PlanFor<Part extends RunPart> = Pick<MemoryPlan, (typeof DECISIVE)[Part][number]>;

const RUNS: { readonly [Part in RunPart]: (shape: RequestShape, plan: PlanFor<Part>, device: Dialect) => StageRuns[] } =
  { prompts: promptRuns, picture: pictureRuns, sample: sampleRuns, decode: decodeRuns };

const known = new WeakMap<RequestShape, Map<string, readonly StageRuns[]>>();

/** The search for a plan tries hundreds, of which few differ in what decides a part. */
function stageRuns(part: RunPart, shape: RequestShape, plan: MemoryPlan, device: Dialect): readonly StageRuns[] {
  const ofShape = known.get(shape) ?? new Map<string, readonly StageRuns[]>();
  known.set(shape, ofShape);
  const key = keyOf(part, plan, device);
  const runs = ofShape.get(key) ?? RUNS[part](shape, plan, device);
  ofShape.set(key, runs);
  return runs;
}

function keyOf(part: RunPart, plan: MemoryPlan, device: Dialect): string {
  return [part, device.id, ...DECISIVE[part].map((field) => plan[field])].join(' ');
}

function promptRuns({ model }: RequestShape, { encoderParts }: PlanFor<'prompts'>, device: Dialect): StageRuns[] {
  return model.family.textEncoders.map((component) => {
    const dimensions = { batch: 1, tokens: component.tokens };
    return stageRun('encode', model, { component, dimensions }, device, encoderParts);
  });
}

/** Of a picture, as a whole or in tiles. */
function pictureRuns(shape: RequestShape, { vaeTile }: PlanFor<'picture'>, device: Dialect): StageRuns[] {
  const { model } = shape;
  const { vaeEncoder } = model.family;
  const size = sizeInLatents(shape);
  const tiled = tiledEncodeRuns(model, size, vaeTile ?? Math.max(size.height, size.width));
  const runs = tiled.map((run) => ({ ...networkNeed(model, run, device), component: vaeEncoder.name }));
  return [{ stage: 'encode', measuredAs: PlannedNetwork.of(model, vaeEncoder, device).name, runs }];
}

/** Of the denoiser and of the ControlNets that are held beside it. */
function sampleRuns(shape: RequestShape, plan: PlanFor<'sample'>, device: Dialect): StageRuns[] {
  const { model, guided, width, height } = shape;
  const { denoiserCalls, controls, family } = model;
  const size = sizeInLatents(shape);
  const batch = plan.imagesTogether * (guided && plan.guidanceTogether ? 2 : 1);
  const tokens = Math.max(...family.textEncoders.map((encoder) => encoder.tokens));
  const { config, configPath } = model.source.network(family.denoiser);
  const dimensions = {
    ...denoiserCalls.dimensions({ batch, ...size, tokens }),
    ...(controls.length > 0 ? family.denoiser.controlled?.dimensions(config, configPath, size) : {}),
    image_height: height,
    image_width: width,
  };
  const dialect = denoiserDialect(device, plan);
  const stages = [denoiserOf(model), ...controls.map(({ component }) => component)].map((component) =>
    stageRun('denoise', model, { component, dimensions }, dialect, plan.denoiserParts),
  );
  const weightBytes = stages.flatMap(({ runs }) => runs.map((run) => run.weightBytes));
  const all = weightBytes.reduce((sum, bytes) => sum + bytes, 0);
  return stages.map((stage, index) => ({ ...stage, heldBytes: all - (weightBytes[index] as number) }));
}

function decodeRuns(shape: RequestShape, plan: PlanFor<'decode'>, device: Dialect): StageRuns[] {
  const { model } = shape;
  const { vaeDecoder: component } = model.family;
  const size = sizeInLatents(shape);
  if (plan.vaeTile === null) {
    const dimensions = { batch: plan.decodedTogether, ...size };
    return [stageRun('decode', model, { component, dimensions }, device)];
  }
  const runs = tiledDecodeRuns(model, size, plan.vaeTile).map((run) => networkNeed(model, run, device));
  return [{ stage: 'decode', measuredAs: PlannedNetwork.of(model, component, device).name, runs }];
}

function sizeInLatents({ model, width, height }: RequestShape): Size {
  const { downscale } = model.latents;
  return { height: height / downscale, width: width / downscale };
}

/** A stage that is one run of one network. @param parts into which its weights are cut */
function stageRun(stage: StageName, model: Model, run: NetworkRun, device: Dialect, parts = 1): StageRuns {
  const measuredAs = PlannedNetwork.of(model, run.component, device).name;
  return { stage, measuredAs, runs: [networkNeed(model, run, device, parts)] };
}

function networkNeed(model: Model, { component, dimensions }: NetworkRun, device: Dialect, parts = 1) {
  return { ...PlannedNetwork.of(model, component, device).need(dimensions, parts), component: component.name };
}

function total(needs: readonly StageNeed[]): number {
  return needs.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
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
