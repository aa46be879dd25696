/** How a run uses memory. The first of each is the fastest; no choice changes the picture beyond rounding. */
export interface MemoryPlan {
  /**
   * What stays of text encoder, denoiser and VAE while another one works: `resident`: all of them; `stages`: what leaves room
   * for its weights and its run; `alone`: nothing.
   */
  readonly residency: 'resident' | 'stages' | 'alone';
  /** How many pictures the denoiser draws together. */
  readonly imagesTogether: number;
  /** Whether the passes with the prompt and with the negative prompt are one, of twice the batch. */
  readonly guidanceTogether: boolean;
  /** How many pictures the VAE decodes together: 1 is "VAE slicing". */
  readonly decodedTogether: number;
  /** Side of the VAE's tiles in latents; null to encode and decode pictures whole. */
  readonly vaeTile: number | null;
  /** Into how many parts the denoiser's attention cuts its queries. */
  readonly attentionSlices: number;
  /** Into how many parts the weights of text encoders and of the denoiser are cut: 1 to have all in memory while they run. */
  readonly encoderParts: number;
  readonly denoiserParts: number;
  /** Stages that are computed by the processor instead of the device. */
  readonly encodeOnProcessor: boolean;
  readonly denoiseOnProcessor: boolean;
  readonly decodeOnProcessor: boolean;
}

/** What a plan is for. */
export interface PlannedRun {
  readonly count: number;
  readonly guided: boolean;
  /** Side of the larger edge, in latents. */
  readonly longestSide: number;
  /** Whether the processor may help out: where the device is another one, and nothing else is left. */
  readonly mayUseProcessor?: boolean;
}

export type StageName = 'encode' | 'denoise' | 'decode';

export type RungId =
  | 'free-memory'
  | 'stage-by-stage'
  | 'single-images'
  | 'separate-guidance'
  | 'vae-slicing'
  | 'vae-tiling'
  | 'attention-slicing'
  | 'denoiser-offload'
  | 'encoder-offload'
  | `${StageName}-on-processor`;

/** One step towards needing less memory. */
export interface Rung {
  readonly id: RungId;
  /** What is done under a plan with it, in words that follow "Headroom". */
  action(plan: MemoryPlan): string;
  /** The parts of a plan that it changes. */
  readonly changes: readonly (keyof MemoryPlan)[];
  /** The stages that need less with it. */
  readonly stages: readonly StageName[];
  /** The plan with this rung taken, or null where it is taken already or does not apply. */
  take(plan: MemoryPlan, run: PlannedRun): MemoryPlan | null;
}

/** Tile sides in latents, each about half the area of the one before. */
const TILE_SIDES = [96, 64, 48, 32, 24, 16];
const ATTENTION_SLICES = [2, 4, 8];
/** Beside the parts that stay, the largest is what offloading needs; each part costs time beside its bytes. */
const OFFLOAD_PARTS = [16, 48];
/** So few are run the soonest (docs/benchmarks.md), if there is room for them. */
export const FEW_PARTS = 8;

/** Which part of a plan says that a stage is computed by the processor. */
export const ON_PROCESSOR = {
  encode: 'encodeOnProcessor',
  denoise: 'denoiseOnProcessor',
  decode: 'decodeOnProcessor',
} as const satisfies Record<StageName, keyof MemoryPlan>;

function onProcessor(stage: StageName): Rung {
  const part = ON_PROCESSOR[stage];
  return {
    id: `${stage}-on-processor`,
    action: () => `lets the processor ${stage}, which is slow and may change pictures within rounding`,
    changes: [part],
    stages: [stage],
    take: (plan, { mayUseProcessor }) => (mayUseProcessor && !plan[part] ? { ...plan, [part]: true } : null),
  };
}

/** Taken twice only where what was expected to leave room did not: by what is expected, the second time gains nothing. */
export const STAGE_BY_STAGE: Rung = {
  id: 'stage-by-stage',
  action: ({ residency }) =>
    residency === 'alone'
      ? 'keeps only the network in memory that is working'
      : 'keeps in memory what leaves room for the network that is working',
  changes: ['residency'],
  stages: ['encode', 'denoise', 'decode'],
  take(plan) {
    if (plan.residency === 'alone') return null;
    return { ...plan, residency: plan.residency === 'resident' ? 'stages' : 'alone' };
  },
};

/** From what costs least to what costs most. `free-memory` is not among them: it changes no plan. */
export const RUNGS: readonly Rung[] = [
  STAGE_BY_STAGE,
  {
    id: 'vae-slicing',
    action: () => 'decodes the pictures one by one',
    changes: ['decodedTogether'],
    stages: ['decode'],
    take: (plan) => (plan.decodedTogether === 1 ? null : { ...plan, decodedTogether: 1 }),
  },
  {
    id: 'single-images',
    action: ({ imagesTogether }) =>
      imagesTogether === 1 ? 'draws the pictures one by one' : `draws ${imagesTogether} pictures at a time`,
    changes: ['imagesTogether'],
    stages: ['denoise'],
    take: (plan) =>
      plan.imagesTogether === 1 ? null : { ...plan, imagesTogether: Math.floor(plan.imagesTogether / 2) },
  },
  {
    id: 'separate-guidance',
    action: () => 'computes the prompt and the negative prompt one after the other',
    changes: ['guidanceTogether'],
    stages: ['denoise'],
    take: (plan, { guided }) => (guided && plan.guidanceTogether ? { ...plan, guidanceTogether: false } : null),
  },
  {
    id: 'vae-tiling',
    action: ({ vaeTile }) => `encodes and decodes pictures in tiles of ${vaeTile} latents`,
    changes: ['vaeTile'],
    stages: ['encode', 'decode'],
    take(plan, { longestSide }) {
      const smaller = TILE_SIDES.find((side) => side < (plan.vaeTile ?? longestSide));
      return smaller === undefined ? null : { ...plan, vaeTile: smaller };
    },
  },
  {
    id: 'attention-slicing',
    action: ({ attentionSlices }) => `computes attention in ${attentionSlices} slices`,
    changes: ['attentionSlices'],
    stages: ['denoise'],
    take(plan) {
      const more = ATTENTION_SLICES.find((slices) => slices > plan.attentionSlices);
      return more === undefined ? null : { ...plan, attentionSlices: more };
    },
  },
  offload('denoiser-offload', 'denoise', 'denoiserParts', 'the denoiser'),
  offload('encoder-offload', 'encode', 'encoderParts', 'the text encoder'),
  onProcessor('encode'),
  onProcessor('denoise'),
  onProcessor('decode'),
];

/** Sequential offload: a network's blocks take their turn in memory, and as many as have room stay there. */
function offload(id: RungId, stage: StageName, field: 'denoiserParts' | 'encoderParts', network: string): Rung {
  return {
    id,
    action: (plan) => `loads ${network} in about ${plan[field]} parts, as many at a time as there is room for`,
    changes: [field],
    stages: [stage],
    take(plan) {
      const more = OFFLOAD_PARTS.find((parts) => parts > plan[field]);
      return more === undefined ? null : { ...plan, [field]: more };
    },
  };
}

/** The largest batch that is drawn together: more gain no speed and need more memory. */
export const LARGEST_BATCH = 8;

/** Nothing saved. */
export function undegradedPlan({ count }: PlannedRun): MemoryPlan {
  const together = Math.min(count, LARGEST_BATCH);
  return {
    residency: 'resident',
    imagesTogether: together,
    guidanceTogether: true,
    decodedTogether: 1,
    vaeTile: null,
    attentionSlices: 1,
    encoderParts: 1,
    denoiserParts: 1,
    encodeOnProcessor: false,
    denoiseOnProcessor: false,
    decodeOnProcessor: false,
  };
}
