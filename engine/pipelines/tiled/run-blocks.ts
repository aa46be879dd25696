import type { TiledBlock } from '../../families/family.ts';
import type { Model } from '../../families/model.ts';
import type { ComponentLease } from '../../memory/component.ts';
import type { MemoryPlan } from '../../memory/plan.ts';
import { growth, halo, type TileStep } from '../../models/vae/tile-steps.ts';
import { type Stage, within } from '../stage.ts';
import { withComponent } from '../with-component.ts';
import { idleInputs, runStep, type StepImages, type StepRunner } from './run-step.ts';
import { type Size, tilesOf } from './tiles.ts';

/** How blocks are run. */
export interface BlockRunner extends Pick<StepRunner, 'phase' | 'which'> {
  /** Of the picture, in latents. */
  readonly size: Size;
  /** The longest side of a tile in latents. */
  readonly tileSize: number;
  readonly residency: MemoryPlan['residency'];
  /** What a run's values need at most, if that is known. */
  readonly activationBytes: number | undefined;
}

/** Runs the blocks of a network, one after the other, tile by tile. @param stages one for each */
export async function runBlocks(
  model: Model,
  blocks: readonly TiledBlock[],
  images: StepImages,
  stages: readonly Stage[],
  { size, tileSize, residency, activationBytes, ...runner }: BlockRunner,
): Promise<StepImages> {
  let handedOn = images;
  for (const [index, { component, steps }] of blocks.entries()) {
    const blockStage = stages[index] as Stage;
    const runBlock = async (lease: ComponentLease): Promise<StepImages> => {
      const idle = idleInputs(steps);
      let current = handedOn;
      for (const [position, stage] of shares(blockStage, steps.map(workOf)).entries()) {
        const step = steps[position] as TileStep;
        const tiles = tilesOf(size, tileSize, step.scale, halo(step));
        current = await runStep(step, tiles, current, { ...runner, lease, idle, stage });
      }
      return current;
    };
    handedOn = await withComponent(blockStage, model, component, runBlock, {
      residency,
      activationBytes,
      isEstimated: false,
    });
  }
  return handedOn;
}

/** What a block has to do. */
export function blockWork({ steps }: TiledBlock): number {
  return sum(steps.map(workOf));
}

/** Multiplications of a step for each latent, but for a factor that all steps have. */
function workOf(step: TileStep): number {
  return step.from * step.to * (step.scale * growth(step)) ** 2;
}

/** Parts of a stage that follow each other and take as much of its progress as they weigh. */
export function shares(stage: Stage, weights: readonly number[]): Stage[] {
  const total = sum(weights);
  let before = 0;
  return weights.map((weight) => {
    const from = before / total;
    before += weight;
    return within(stage, from, before / total);
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
