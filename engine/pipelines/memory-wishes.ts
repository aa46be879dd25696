import { FEW_PARTS, LARGEST_BATCH, type MemoryPlan, type PlannedRun, undegradedPlan } from '../memory/plan.ts';

/**
 * How a person wants memory to be used.
 *
 * - `auto`: the least degraded plan that is expected to fit
 * - `resident`: everything stays in memory and nothing is saved ahead; only running out changes that
 * - `stages`: text encoder, denoiser and VAE are in memory one at a time
 */
export const MEMORY_MODES = ['auto', 'resident', 'stages'] as const;
export type MemoryMode = (typeof MEMORY_MODES)[number];

/** A mode, and what is to be saved whether it is needed or not. */
export interface MemoryWishes {
  readonly mode: MemoryMode;
  readonly singleImages: boolean;
  readonly separateGuidance: boolean;
  /** Decodes one picture at a time. */
  readonly vaeSlicing: boolean;
  readonly vaeTiling: boolean;
  readonly attentionSlicing: boolean;
  /** Text encoders and denoiser are loaded in parts. */
  readonly blockOffload: boolean;
}

/** Everything as Headroom sees fit. */
export const NO_WISHES: MemoryWishes = {
  mode: 'auto',
  singleImages: false,
  separateGuidance: false,
  vaeSlicing: true,
  vaeTiling: false,
  attentionSlicing: false,
  blockOffload: false,
};

/** The tiles of a person who asks for tiling without a need for it: 512 pixels where the VAE scales by 8. */
const WISHED_TILE = 64;
const WISHED_SLICES = 2;

/** Where a run begins if nothing is known of its memory. */
export function startPlan(wishes: MemoryWishes, run: PlannedRun): MemoryPlan {
  const plan = undegradedPlan(run);
  return {
    ...plan,
    residency: wishes.mode === 'stages' ? 'alone' : plan.residency,
    imagesTogether: wishes.singleImages ? 1 : plan.imagesTogether,
    guidanceTogether: !wishes.separateGuidance,
    decodedTogether: wishes.vaeSlicing ? 1 : Math.min(run.count, LARGEST_BATCH),
    vaeTile: wishes.vaeTiling ? Math.min(WISHED_TILE, Math.ceil(run.longestSide / 2)) : null,
    attentionSlices: wishes.attentionSlicing ? WISHED_SLICES : 1,
    encoderParts: wishes.blockOffload ? FEW_PARTS : 1,
    denoiserParts: wishes.blockOffload ? FEW_PARTS : 1,
  };
}
