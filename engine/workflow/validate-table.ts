import type { DescriptorLookup } from '../contract/connection.ts';
import { fieldProblem } from '../contract/ports.ts';
import { isBlankRow } from '../contract/table.ts';
import type { Workflow } from '../contract/workflow.ts';
import { isEmptyCell, neededTables, tableFieldOf, tableOf } from './rows.ts';
import type { WorkflowProblem } from './validate.ts';

/** A table that came from elsewhere may be wrong in every row; a person mends a few and looks again. */
const SHOWN_CELLS = 10;

/**
 * What is wrong with a document's table, as far as its own field does not say it: more than one, none of its rows filled
 * in, cells that the inputs behind them do not take.
 */
export function tableProblems(workflow: Workflow, describe: DescriptorLookup): WorkflowProblem[] {
  const [first, second] = neededTables(workflow, describe);
  if (first === undefined) return [];
  if (second !== undefined) {
    const message = `A run goes through one table, and here are two: ${first} and ${second}. Disconnect one of them.`;
    return [{ message, place: { nodeId: second } }];
  }
  const own = tableFieldOf(workflow.nodes[first]?.type ?? '', describe);
  const value = own && (workflow.nodes[first]?.inputs[own.name] ?? own.field.default);
  const table = own && fieldProblem(own.field, value) === null ? tableOf(workflow, describe) : null;
  if (!table) return [];
  const place = { nodeId: first, field: table.input };
  if (table.rows.every(isBlankRow)) {
    return [{ message: 'The table has no row with anything in it: fill one in, or import some.', place }];
  }
  const problems = cellProblems(workflow, table, describe);
  const more = problems.length - SHOWN_CELLS;
  const shown = [...problems.slice(0, SHOWN_CELLS), ...(more > 0 ? [`There are ${more} more cells like these.`] : [])];
  return shown.map((message) => ({ message, place }));
}

function cellProblems(
  { nodes, edges }: Workflow,
  { nodeId, rows }: NonNullable<ReturnType<typeof tableOf>>,
  describe: DescriptorLookup,
): string[] {
  const connected = edges.flatMap(({ from, to }) => {
    const descriptor = from.node === nodeId ? describe(nodes[to.node]?.type ?? '') : undefined;
    const field = descriptor?.inputs.find(({ name }) => name === to.port)?.field;
    return field ? [{ column: from.port, field }] : [];
  });
  return rows.flatMap((row, index) =>
    connected.flatMap(({ column, field }) => {
      const cell = row[column];
      const problem = isEmptyCell(cell) ? null : fieldProblem(field, cell);
      return problem === null ? [] : [`Row ${index + 1}: ${column} must be ${problem}, got ${JSON.stringify(cell)}.`];
    }),
  );
}
