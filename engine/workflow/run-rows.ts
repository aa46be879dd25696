import type { DescriptorLookup } from '../contract/connection.ts';
import { asHeadroomError, HeadroomError, NEEDS_NEW_ENGINE } from '../contract/errors.ts';
import type { ImageResult, RowResult, RunEvent } from '../contract/events.ts';
import type { RunRequest } from '../contract/protocol.ts';
import { isBlankRow } from '../contract/table.ts';
import type { Workflow } from '../contract/workflow.ts';
import { type PictureLabel, pictureLabel } from './picture-output.ts';
import { type RunTable, rowWorkflow } from './rows.ts';

/** Rows whose prompts are encoded ahead: so many that a text encoder is seldom loaded, and the first picture soon there. */
const MOST_AHEAD = 31;

/** A part of a run: a document, some of its outputs, and what tells it from the other parts. */
export interface RunPart {
  readonly workflow: Workflow;
  readonly isWanted: (outputId: string) => boolean;
  /** What the random seeds of a node are drawn for. */
  readonly occasion: (nodeId: string) => string;
  readonly label: (nodeId: string) => PictureLabel;
  /** How many parts before this one ask for the same: each has pictures of its own on disk. */
  readonly copy: number;
  /** The documents of the next rows of a table. */
  readonly coming: () => readonly Workflow[];
  readonly onEvent: (event: RunEvent) => void;
}

interface TableRun extends Pick<RunRequest, 'runId' | 'workflow' | 'endedRows'> {
  readonly signal: AbortSignal;
  readonly table: RunTable;
  readonly describe: DescriptorLookup;
  readonly onEvent: (event: RunEvent) => void;
  /** @throws HeadroomError, placed at the node that failed */
  runPart(part: RunPart): Promise<void>;
  /** What the engine holds of its device's memory at this moment; null where that is not known. */
  heldBytes(): number | null;
  /** Hears what made a row fail. */
  failed(thrown: unknown): void;
}

/**
 * Runs what does not depend on the table once, then what does for each row that has not ended yet. A row that fails does
 * not stop the others.
 *
 * @throws HeadroomError `rows`, naming them, where rows failed, in an earlier attempt or now; `cancelled`;
 *   what needs a new engine; and whatever goes wrong outside of the rows
 */
export async function runRows(run: TableRun): Promise<void> {
  const { runId, workflow, table, endedRows, describe, signal, onEvent, runPart } = run;
  const { nodeId, rows, downstream } = table;
  const outputs = Object.entries(workflow.nodes).filter(([, { type }]) => describe(type)?.isOutput);
  const seconds = stopwatch();
  onEvent({ type: 'node', nodeId, state: 'running' });
  if (outputs.some(([id]) => !downstream.has(id))) {
    await runPart({
      workflow,
      isWanted: (id) => !downstream.has(id),
      occasion: () => runId,
      label: (id) => pictureLabel(runId, id, null),
      copy: 0,
      coming: () => [],
      onEvent,
    });
  }
  const ended = new Set([...(endedRows?.done ?? []), ...(endedRows?.failed ?? [])]);
  const failures = new Map<number, string | null>((endedRows?.failed ?? []).map((row) => [row, null]));
  const copies = copyNumbers(rows);
  const next = (row: number) =>
    [...rows.keys()]
      .filter((other) => other > row && !ended.has(other) && !isBlankRow(rows[other] ?? {}))
      .slice(0, MOST_AHEAD);
  for (const [row, cells] of rows.entries()) {
    if (ended.has(row)) continue;
    if (signal.aborted) throw new HeadroomError('cancelled', 'The run was stopped.');
    const tell = (result: Omit<RowResult, 'row'>) => onEvent({ type: 'row', nodeId, of: rows.length, row, ...result });
    if (isBlankRow(cells)) {
      tell({ state: 'skipped', seconds: 0, peakBytes: null, images: [], error: null });
      continue;
    }
    const part: Omit<RunPart, 'onEvent'> = {
      workflow: rowWorkflow(workflow, table, row, describe),
      isWanted: (id) => downstream.has(id),
      occasion: (id) => (downstream.has(id) ? `${runId} row ${row}` : runId),
      label: (id) => pictureLabel(runId, id, downstream.has(id) ? row : null),
      copy: copies[row] ?? 0,
      coming: () => next(row).map((other) => rowWorkflow(workflow, table, other, describe)),
    };
    const error = await runRow(run, part, tell);
    if (error) failures.set(row, error.message);
  }
  onEvent({ type: 'node', nodeId, state: failures.size > 0 ? 'failed' : 'done', seconds: seconds() });
  if (failures.size > 0) throw new HeadroomError('rows', failureWords(failures, rows.length), { place: { nodeId } });
}

/** @returns why the row failed, or null. @throws HeadroomError `cancelled`, what needs a new engine, or what went wrong before the table */
async function runRow(
  { table, runPart, onEvent, heldBytes, failed }: TableRun,
  part: Omit<RunPart, 'onEvent'>,
  tell: (result: Omit<RowResult, 'row'>) => void,
): Promise<HeadroomError | null> {
  const seconds = stopwatch();
  const images: ImageResult[] = [];
  let peakBytes = heldBytes();
  const measured = () => ({ seconds: seconds(), peakBytes, images: images.map(({ path }) => path) });
  tell({ state: 'running', seconds: 0, peakBytes: null, images: [], error: null });
  try {
    await runPart({
      ...part,
      onEvent(event) {
        // What is reserved for a step is given back at its end only where it has to be: what is held between steps tells.
        const held = heldBytes();
        if (held !== null) peakBytes = Math.max(peakBytes ?? 0, held);
        if (event.type === 'image') images.push(event.image);
        onEvent(event);
      },
    });
    tell({ state: 'done', ...measured(), error: null });
    return null;
  } catch (thrown) {
    const error = asHeadroomError(thrown);
    // What fails before the table, such as a model that is not there, fails for every row.
    const isBefore = error.place.nodeId !== undefined && !table.downstream.has(error.place.nodeId);
    // No row can be drawn any more by this process: it did not fail for what is in it.
    if (error.code === 'cancelled' || NEEDS_NEW_ENGINE[error.code] || isBefore) throw error;
    failed(thrown);
    const { code, message, place } = error;
    tell({ state: 'failed', ...measured(), error: { code, message, place } });
    return error;
  }
}

/** For each row, how many before it are the same. */
function copyNumbers(rows: RunTable['rows']): number[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const key = JSON.stringify(Object.entries(row).toSorted(([one], [other]) => (one < other ? -1 : 1)));
    const copy = seen.get(key) ?? 0;
    seen.set(key, copy + 1);
    return copy;
  });
}

const NAMED_ROWS = 10;

function failureWords(failures: ReadonlyMap<number, string | null>, count: number): string {
  const rows = [...failures.keys()].toSorted((one, other) => one - other).map((row) => row + 1);
  const named = rows.slice(0, NAMED_ROWS).join(', ') + (rows.length > NAMED_ROWS ? ' …' : '');
  const [first] = [...failures].filter(([, message]) => message !== null);
  const why = first ? ` Row ${first[0] + 1}: ${first[1]}` : '';
  return `${rows.length} of ${count} rows failed: ${named}.${why}`;
}

function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
