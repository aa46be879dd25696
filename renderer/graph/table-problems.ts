import type { DescriptorLookup } from '../../engine/contract/connection.ts';
import { fieldProblem } from '../../engine/contract/ports.ts';
import { isBlankRow, type Table } from '../../engine/contract/table.ts';
import type { GraphDocument } from './document.ts';
import type { GraphProblem } from './problems.ts';
import { fieldValue } from './values.ts';

/** What is wrong with a document's table beyond its own field, as the engine's check has it (`engine/workflow/validate-table.ts`). */
export function tableProblems(
  document: GraphDocument,
  needed: ReadonlySet<string>,
  describe: DescriptorLookup,
): GraphProblem[] {
  const tables = Object.entries(document.nodes).flatMap(([nodeId, node]) => {
    const input = needed.has(nodeId) ? describe(node.type)?.inputs.find(({ field }) => field?.kind === 'table') : null;
    return input ? [{ nodeId, field: input.name, value: fieldValue(node, input), kind: input.field }] : [];
  });
  const [table, second] = tables;
  if (second) {
    return [
      { nodeId: second.nodeId, message: 'A run goes through one table, and here are two. Disconnect one of them.' },
    ];
  }
  // What is wrong with the field itself is told of already.
  if (!table?.kind || fieldProblem(table.kind, table.value) !== null) return [];
  const { nodeId, field } = table;
  const rows = table.value as Table;
  if (rows.every(isBlankRow)) {
    return [{ nodeId, field, message: 'The table has no row with anything in it: fill one in, or import some.' }];
  }
  const problem = firstCellProblem(document, nodeId, rows, describe);
  return problem === null ? [] : [{ nodeId, field, message: problem }];
}

function firstCellProblem(
  { nodes, edges }: GraphDocument,
  nodeId: string,
  rows: Table,
  describe: DescriptorLookup,
): string | null {
  const targets = edges.flatMap(({ from, to }) => {
    const inputs = from.node === nodeId ? describe(nodes[to.node]?.type ?? '')?.inputs : undefined;
    const input = inputs?.find(({ name }) => name === to.port);
    return input?.field ? [{ column: from.port, title: input.title, field: input.field }] : [];
  });
  for (const [index, row] of rows.entries()) {
    for (const { column, title, field } of targets) {
      const cell = row[column];
      const problem = cell === undefined || cell === '' ? null : fieldProblem(field, cell);
      if (problem !== null) return `Row ${index + 1}: ${title} must be ${problem}.`;
    }
  }
  return null;
}
