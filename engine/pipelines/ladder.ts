import { HeadroomError } from '../contract/errors.ts';
import type { ComponentRecord } from '../families/family.ts';
import { denoiserOf } from '../families/model.ts';
import type { Dialect } from '../layers/dialect.ts';
import { type ChosenPlan, choosePlan } from '../memory/choose-plan.ts';
import {
  type MemoryPlan,
  ON_PROCESSOR,
  type PlannedRun,
  RUNGS,
  type Rung,
  type RungId,
  STAGE_BY_STAGE,
  type StageName,
  undegradedPlan,
} from '../memory/plan.ts';
import { inWords } from '../memory/words.ts';
import { isOutOfMemory, type RuntimeError } from '../ort/errors.ts';
import type { MemoryWishes } from './memory-wishes.ts';
import { denoiserDialect, peakBytes, planBytes, type RequestShape, type StageNeed, stageNeeds } from './needs.ts';
import type { Stage } from './stage.ts';

/** A network, and the dialect in which it is built. */
interface LadderNetwork {
  readonly component: ComponentRecord;
  readonly dialect: Dialect;
}

/**
 * Brings a run through: starts with the least degraded plan that is expected to fit, and when memory runs out all the
 * same, frees what is free and then goes one rung down, repeating only the call that failed. What the stages have made so
 * far (embeddings, latents with their step) is theirs and stays.
 */
export class Ladder {
  readonly #stage: Stage;
  readonly #shape: RequestShape;
  readonly #run: PlannedRun;
  readonly #key: string;
  readonly #tried: string[] = [];
  #plan: MemoryPlan;
  #needs: readonly StageNeed[] | undefined;
  #freed = false;

  /** @throws HeadroomError `fragmented` where the run would fit, and does not (without offloading) beside free pieces that nothing brings back */
  constructor(stage: Stage, shape: RequestShape, { mode }: MemoryWishes, start: MemoryPlan, run: PlannedRun) {
    const { components, remembered } = stage.environment;
    this.#stage = stage;
    this.#shape = shape;
    this.#run = run;
    const { memory } = components;
    this.#key = JSON.stringify([
      shape.model.fingerprint,
      shape.model.controls.map(({ component }) => component.variant),
      stage.environment.dialect.id,
      memory.limitBytes,
      shape.width,
      shape.height,
      shape.parts,
      run,
      start,
    ]);
    const now = memory.budgetBytes();
    const known = remembered.get(this.#key, now);
    const budget = mode === 'resident' ? null : now;
    let chosen = this.#choose(known ?? start, budget);
    if (budget !== null && chosen.bytes > budget - memory.cachedBytes()) {
      memory.shrink();
      const room = budget - memory.cachedBytes();
      const whole = chosen;
      chosen = this.#choose(known ?? start, room);
      const costly = chosen.bytes > room || (isOffloaded(chosen.plan) && !isOffloaded(whole.plan));
      if (costly && whole.bytes <= budget) throw fragmented(memory.cachedBytes());
    }
    this.#plan = chosen.plan;
    if (known) this.#tell('remembered', `starts as the last such run ended: ${actions(start, known)}`);
    if (budget === null) return;
    for (const rung of new Set(chosen.taken)) {
      const action = rung.action(chosen.plan);
      this.#tell(rung.id, `${action}, because this run is expected not to fit into ${inWords(budget)} otherwise`);
    }
  }

  /** The rungs that lie between the plan without any savings and the present one. */
  get savings(): readonly RungId[] {
    return changedRungs(undegradedPlan(this.#run), this.#plan).map(({ id }) => id);
  }

  /**
   * What a stage's run needs beside weights by its graph, under the plan as it is now; undefined where nobody asks.
   *
   * @param component which, where the stage has several
   */
  activationBytes(stage: StageName, component?: string): number | undefined {
    const { environment } = this.#stage;
    if (environment.components.memory.account() === null) return undefined;
    this.#needs ??= stageNeeds(this.#shape, this.#plan, environment);
    return this.#needs.find((need) => need.stage === stage && (component ?? need.component) === need.component)
      ?.graphBytes;
  }

  /**
   * What the stages after the text encoders run, where all networks of the run stay in memory as a whole and on one device; else
   * null.
   *
   * @returns with what all of them need together
   */
  allResident(): { readonly networks: readonly LadderNetwork[]; readonly bytes: number } | null {
    const { residency, encoderParts, denoiserParts, vaeTile } = this.#plan;
    const isElsewhere = Object.values(ON_PROCESSOR).some((part) => this.#plan[part]);
    const isInParts = encoderParts > 1 || denoiserParts > 1 || vaeTile !== null;
    if (residency !== 'resident' || isInParts || isElsewhere) return null;
    const { model, parts } = this.#shape;
    const { dialect } = this.#stage.environment;
    const networks: LadderNetwork[] = [];
    if (parts.includes('sample')) {
      const components = [denoiserOf(model), ...model.controls.map(({ component }) => component)];
      networks.push(...components.map((component) => ({ component, dialect: denoiserDialect(dialect, this.#plan) })));
    }
    if (parts.includes('decode')) networks.push({ component: model.family.vaeDecoder, dialect });
    return { networks, bytes: planBytes(this.#shape, this.#plan, this.#stage.environment) };
  }

  /** The stage's surroundings on the device that is to compute it. */
  placed(name: StageName, stage: Stage): Stage {
    const { processor } = stage.environment;
    return processor && this.#plan[ON_PROCESSOR[name]] ? { ...stage, environment: processor } : stage;
  }

  /**
   * Does `work` under the plan, again and again with less memory for as long as it runs out of it.
   *
   * @throws HeadroomError `memory` with what was tried and what would fit; `fragmented`; whatever else `work` throws
   */
  async attempt<T>(stage: StageName, work: (plan: MemoryPlan) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work(this.#plan);
      } catch (thrown) {
        if (!isOutOfMemory(thrown)) throw thrown;
        await this.#giveWay(stage, thrown);
      }
    }
  }

  /**
   * Frees what is idle: the first time in a run, and for good where what was idle by then was to leave room and did not. Then
   * takes the next rung that helps this stage.
   */
  async #giveWay(stage: StageName, cause: RuntimeError): Promise<void> {
    const { components, processor } = this.#stage.environment;
    const idle = components.ledger().filter(({ residentBytes }) => residentBytes > 0).length > 1;
    await components.evictIdle();
    if (!this.#freed && idle) {
      this.#freed = true;
      return this.#tell('free-memory', 'freed what was not in use, because memory ran out');
    }
    const alone = idle && this.#plan.residency === 'stages' && STAGE_BY_STAGE.take(this.#plan, this.#run);
    if (alone) return this.#descend(STAGE_BY_STAGE, alone);
    const onDevice = this.#nextRung(stage, this.#run);
    if (!onDevice) this.#refusePieces();
    const mayUseProcessor = processor !== undefined;
    const [rung, plan] = onDevice ?? this.#nextRung(stage, { ...this.#run, mayUseProcessor }) ?? [];
    if (!rung || !plan) throw this.#exhausted(stage, cause);
    this.#descend(rung, plan);
  }

  /** Goes on with a plan that needs less, and the next such run begins with it. */
  #descend(rung: Rung, plan: MemoryPlan): void {
    const { components, remembered } = this.#stage.environment;
    this.#plan = plan;
    this.#needs = undefined;
    remembered.remember(this.#key, plan, components.memory.budgetBytes());
    this.#tell(rung.id, `${rung.action(plan)}, because memory ran out`);
  }

  /** Of the rungs that are left, the first with which the stage is expected to need less. */
  #nextRung(stage: StageName, run: PlannedRun): [Rung, MemoryPlan] | undefined {
    for (const rung of RUNGS) {
      if (!rung.stages.includes(stage)) continue;
      const plan = rung.take(this.#plan, run);
      if (plan && this.#stageBytes(stage, plan) < this.#stageBytes(stage, this.#plan)) return [rung, plan];
    }
    return undefined;
  }

  #stageBytes(stage: StageName, plan: MemoryPlan): number {
    const needs = stageNeeds(this.#shape, plan, this.#stage.environment);
    return peakBytes(needs, plan, stage);
  }

  #choose(from: MemoryPlan, budgetBytes: number | null): ChosenPlan {
    const expected = (plan: MemoryPlan, enough?: number) =>
      planBytes(this.#shape, plan, this.#stage.environment, enough);
    return choosePlan(from, this.#run, expected, budgetBytes);
  }

  #tell(rung: RungId | 'remembered', message: string): void {
    this.#tried.push(message.split(', because')[0] as string);
    this.#stage.recovery(rung, `Headroom ${message}.`);
  }

  /** @throws HeadroomError `fragmented` where the run would fit into memory that is free only in pieces */
  #refusePieces(): void {
    const { memory } = this.#stage.environment.components;
    const budget = memory.budgetBytes();
    const inPieces = memory.cachedBytes();
    const needed = this.#leastBytes;
    if (budget !== null && needed <= budget && needed > budget - inPieces) throw fragmented(inPieces);
  }

  get #leastBytes(): number {
    return this.#choose(this.#plan, 0).bytes;
  }

  /** The end of the ladder, in words for the person. */
  #exhausted(stage: StageName, cause: RuntimeError): HeadroomError {
    const tried = this.#tried.length > 0 ? `Headroom ${this.#tried.join('; ')}.` : 'Nothing could be saved.';
    const { memory } = this.#stage.environment.components;
    const budget = memory.budgetBytes();
    const allowed =
      budget === null ? '' : ` ${inWords(budget)} can be used${memory.limitBytes === null ? ' now' : ''}.`;
    return new HeadroomError(
      'memory',
      `There is not enough memory to ${stage} ${this.#shape.width} × ${this.#shape.height} pixels. ${tried} It should fit into ${inWords(this.#leastBytes)}.${allowed} Draw a smaller picture, or allow more memory.`,
      { cause },
    );
  }
}

function fragmented(bytes: number): HeadroomError {
  return new HeadroomError(
    'fragmented',
    `${inWords(bytes)} of memory are free in pieces that are too small for this run. A new start of Headroom’s engine brings them back.`,
  );
}

/** Whether each run loads weights: a new engine is there sooner than a picture is drawn like that. */
function isOffloaded({ encoderParts, denoiserParts }: MemoryPlan): boolean {
  return encoderParts > 1 || denoiserParts > 1;
}

function changedRungs(from: MemoryPlan, to: MemoryPlan): readonly Rung[] {
  return RUNGS.filter(({ changes }) => changes.some((part) => from[part] !== to[part]));
}

function actions(from: MemoryPlan, to: MemoryPlan): string {
  return changedRungs(from, to)
    .map((rung) => rung.action(to))
    .join('; ');
}
