import type { DescriptorLookup } from '../contract/connection.ts';
import { asHeadroomError, HeadroomError } from '../contract/errors.ts';
import type { ImageResult, RunEvent } from '../contract/events.ts';
import type { ClearCacheResult } from '../contract/memory.ts';
import { fieldProblem } from '../contract/ports.ts';
import type { RunRequest } from '../contract/protocol.ts';
import { exists } from '../images/new-file.ts';
import type { LibraryContext, NodeContext } from '../nodes/context.ts';
import type { PipelineEnvironment } from '../pipelines/stage.ts';
import { comingPrompts } from './coming-prompts.ts';
import { type PictureFolders, pictureLabel, pictureOutput } from './picture-output.ts';
import { type NodeLookup, type PlannedNode, planRun, withDrawnSeeds } from './plan.ts';
import type { NodeResult, ResultCache } from './result-cache.ts';
import { tableOf } from './rows.ts';
import { type RunPart, runRows } from './run-rows.ts';
import { signatures } from './signature.ts';
import { validateWorkflow } from './validate.ts';

/** What runs share: the engine around them. */
export interface RunServices extends PictureFolders, LibraryContext {
  readonly lookup: NodeLookup;
  readonly results: ResultCache;
  readonly environment: PipelineEnvironment;
  /** What the engine holds of its device's memory at this moment; null where that is not known. */
  heldBytes(): number | null;
  /** Hears of each picture that was drawn, once it is on disk. */
  pictureDrawn(image: ImageResult): void;
  /** Hears of defects, with their stack. */
  log(level: 'error', message: string): void;
  /** @param except signatures of results that are still needed */
  clearCache(except: ReadonlySet<string>): Promise<ClearCacheResult>;
}

export interface RunOptions extends Readonly<RunRequest> {
  /** Honoured between steps. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/**
 * Runs what the outputs of a document need and nothing that is known already. Never throws: everything is told by events,
 * `start` first and `done` last, each exactly once. The first node that fails ends the run.
 */
export async function executeWorkflow(options: RunOptions, services: RunServices): Promise<void> {
  const started = performance.now();
  let images = 0;
  const onEvent = (event: RunEvent) => {
    if (event.type === 'image') images += 1;
    options.onEvent(event);
  };
  const finish = (state: 'done' | 'failed' | 'cancelled') =>
    onEvent({ type: 'done', state, images, seconds: secondsSince(started) });

  const describe: DescriptorLookup = (type) => services.lookup(type)?.descriptor;
  const problems = validateWorkflow(options.workflow, describe);
  const plan = problems.length > 0 ? [] : planRun(options.workflow, services.lookup);
  onEvent({ type: 'start', runId: options.runId, nodes: plan.map(({ id }) => id) });
  for (const { message, place } of problems) onEvent({ type: 'error', error: { code: 'input', message, place } });
  if (problems.length > 0) return finish('failed');
  const logDefect = (thrown: unknown) => {
    const { code, message, cause } = asHeadroomError(thrown);
    if (code === 'internal') services.log('error', cause instanceof Error ? (cause.stack ?? message) : message);
  };
  const { runId, workflow } = options;
  const table = tableOf(workflow, describe);
  const runPart = async (part: RunPart) => {
    const document = withDrawnSeeds(part.workflow, describe, part.occasion);
    const planned = planRun(document, services.lookup, part.isWanted);
    await new Run({ ...part, workflow: document, signal: options.signal }, planned, services).execute();
    if (table) await services.environment.components.clearBetweenPictures();
  };
  const { heldBytes } = services;
  try {
    if (table) await runRows({ ...options, table, describe, onEvent, runPart, failed: logDefect, heldBytes });
    else {
      const label = (nodeId: string) => pictureLabel(runId, nodeId, null);
      await runPart({
        workflow,
        isWanted: () => true,
        occasion: () => runId,
        label,
        copy: 0,
        coming: () => [],
        onEvent,
      });
    }
    finish('done');
  } catch (thrown) {
    const { code, message, place } = asHeadroomError(thrown);
    if (code === 'cancelled') return finish('cancelled');
    logDefect(thrown);
    onEvent({ type: 'error', error: { code, message, place } });
    finish('failed');
  }
}

type PartOptions = Pick<RunPart, 'workflow' | 'label' | 'copy' | 'coming' | 'onEvent'> & Pick<RunOptions, 'signal'>;

class Run {
  readonly #options: PartOptions;
  readonly #plan: readonly PlannedNode[];
  readonly #services: RunServices;
  /** The results of this run so far, and the known ones that it needs: what is evicted meanwhile stays usable. */
  readonly #results = new Map<string, NodeResult>();
  #signatures: ReadonlyMap<string, string> = new Map();

  constructor(options: PartOptions, plan: readonly PlannedNode[], services: RunServices) {
    this.#options = options;
    this.#plan = plan;
    this.#services = services;
  }

  /** @throws HeadroomError, placed at the node that failed */
  async execute(): Promise<void> {
    this.#signatures = await signatures(this.#plan, this.#services, this.#options.copy);
    const running = await this.#nodesToRun();
    for (const node of this.#plan) {
      if (running.has(node.id)) await this.#runNode(node);
      else this.#tellKnown(node.id);
    }
  }

  /**
   * The outputs whose results are not known, or whose pictures are gone from the disk, and what they need of the same
   * kind. A transparent node has no result of its own: it runs for the nodes behind it.
   */
  async #nodesToRun(): Promise<Set<string>> {
    const running = new Set<string>();
    const nodes = new Map(this.#plan.map((node) => [node.id, node]));
    const pending = this.#plan.filter(({ definition }) => definition.descriptor.isOutput);
    for (let node = pending.pop(); node; node = pending.pop()) {
      if (running.has(node.id) || (await this.#isKnown(node))) continue;
      running.add(node.id);
      for (const input of node.inputs.values()) {
        const source = input.kind === 'edge' && nodes.get(input.node);
        if (source) pending.push(source);
      }
    }
    return running;
  }

  async #isKnown({ id, definition }: PlannedNode): Promise<boolean> {
    if (this.#results.has(id)) return true;
    const result = definition.transparent ? undefined : this.#services.results.result(this.#signature(id));
    if (!result) return false;
    for (const { path } of result.pictures) if (!(await exists(path))) return false;
    this.#results.set(id, result);
    return true;
  }

  #tellKnown(nodeId: string): void {
    this.#options.onEvent({ type: 'node', nodeId, state: 'cached' });
    for (const image of this.#results.get(nodeId)?.pictures ?? []) this.#options.onEvent({ type: 'image', image });
  }

  async #runNode(node: PlannedNode): Promise<void> {
    const { onEvent, signal } = this.#options;
    const { id: nodeId, definition } = node;
    const started = performance.now();
    const pictures: ImageResult[] = [];
    try {
      if (signal.aborted) throw new HeadroomError('cancelled', 'The run was stopped.');
      onEvent({ type: 'node', nodeId, state: 'running' });
      const values = await definition.run(this.#context(nodeId, pictures), this.#inputValues(node));
      const result = { values, pictures };
      this.#results.set(nodeId, result);
      if (!definition.transparent) this.#services.results.store(this.#signature(nodeId), result);
      onEvent({ type: 'node', nodeId, state: 'done', seconds: secondsSince(started) });
    } catch (thrown) {
      const error = asHeadroomError(thrown).at({ nodeId });
      onEvent({ type: 'node', nodeId, state: error.code === 'cancelled' ? 'cancelled' : 'failed' });
      throw error;
    }
  }

  /** @throws HeadroomError `input` for a connected value that the field would not take */
  #inputValues({ definition, inputs }: PlannedNode): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const [name, input] of inputs) {
      const field = definition.descriptor.inputs.find((descriptor) => descriptor.name === name)?.field;
      const given = input.kind === 'value' ? input.value : this.#results.get(input.node)?.values[input.port];
      // Nothing comes along an edge where a cell of a table is empty.
      const value = given ?? field?.default;
      const problem = field && fieldProblem(field, value);
      if (problem) {
        throw new HeadroomError('input', `${name} must be ${problem}, got ${JSON.stringify(value)}.`, {
          place: { field: name },
        });
      }
      values[name] = value;
    }
    return values;
  }

  #context(nodeId: string, pictures: ImageResult[]): NodeContext {
    const { workflow, label, signal, coming, onEvent } = this.#options;
    const { results, environment, lookup, model, upscaler, locate, clearCache, pictureDrawn } = this.#services;
    return {
      signal,
      environment,
      model,
      upscaler,
      locate,
      progress: (phase, fraction, detail) => onEvent({ type: 'progress', nodeId, phase, fraction, detail }),
      preview: (jpeg) => onEvent({ type: 'preview', nodeId, jpeg }),
      warning: (message, field) =>
        onEvent({ type: 'warning', message, place: { nodeId, ...(field === undefined ? {} : { field }) } }),
      recovery: (rung, message) => onEvent({ type: 'recovery', nodeId, rung, message }),
      kept: (name, compute) => results.kept(this.#signature(nodeId), name, compute),
      coming: () => comingPrompts(nodeId, coming(), lookup, { model, upscaler, locate }),
      pictures: pictureOutput(nodeId, workflow, this.#services, label(nodeId), (image) => {
        pictures.push(image);
        onEvent({ type: 'image', image });
        pictureDrawn(image);
      }),
      clearCache: () => clearCache(new Set(this.#signatures.values())),
    };
  }

  #signature(nodeId: string): string {
    return this.#signatures.get(nodeId) as string;
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
