import type { DescriptorLookup } from '../contract/connection.ts';
import { isBlankRow, type TableRow } from '../contract/table.ts';
import type { Workflow } from '../contract/workflow.ts';
import { isEmptyCell, type RunTable } from './rows.ts';

/** A table that came from elsewhere may have thousands of rows of which none is larger than another. */
const MOST_ROWS = 16;

/**
 * Rows of a table among which are the one that needs the most memory and one that needs little. Only numbers count, and a
 * larger one never needs less; what is left to Headroom, such as the model's own size, may be larger or smaller than any
 * number. So of all rows those are looked at that no other row exceeds in everything.
 *
 * @returns their indices, the largest first
 */
export function largestRows(workflow: Workflow, { nodeId, rows }: RunTable, describe: DescriptorLookup): number[] {
  const readNumbers = workflow.edges.flatMap(({ from, to }) => {
    const node = from.node === nodeId ? workflow.nodes[to.node] : undefined;
    const field = node && describe(node.type)?.inputs.find(({ name }) => name === to.port)?.field;
    if (field?.kind !== 'integer' && field?.kind !== 'float') return [];
    return (row: TableRow) => {
      const cell = row[from.port];
      const value = isEmptyCell(cell) ? (node?.inputs[to.port] ?? field.default) : cell;
      return value === field.auto?.value ? null : Number(value);
    };
  });
  const distinct = new Map<string, { row: number; numbers: (number | null)[] }>();
  for (const [row, cells] of rows.entries()) {
    if (isBlankRow(cells)) continue;
    const numbers = readNumbers.map((read) => read(cells));
    const key = JSON.stringify(numbers);
    if (!distinct.has(key)) distinct.set(key, { row, numbers });
  }
  const sorted = [...distinct.values()].sort((a, b) => product(b.numbers) - product(a.numbers));
  const largest: typeof sorted = [];
  for (const candidate of sorted) {
    if (largest.length === MOST_ROWS) break;
    if (!largest.some(({ numbers }) => exceeds(numbers, candidate.numbers))) largest.push(candidate);
  }
  const smallest = sorted.at(-1);
  return [...new Set([...largest, ...(smallest ? [smallest] : [])])].map(({ row }) => row);
}

/** Whether nothing in one is less than in the other. */
function exceeds(one: readonly (number | null)[], other: readonly (number | null)[]): boolean {
  return one.every((value, index) => {
    const than = other[index] ?? null;
    return value === null || than === null ? value === than : value >= than;
  });
}

/** What is left to Headroom counts as large: it is seldom the smallest. */
function product(numbers: readonly (number | null)[]): number {
  return numbers.reduce<number>((all, value) => all * Math.max(1, value ?? 1024), 1);
}
