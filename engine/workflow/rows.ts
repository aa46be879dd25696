import type { DescriptorLookup } from '../contract/connection.ts';
import type { Field, FieldValue } from '../contract/ports.ts';
import type { Table, TableRow } from '../contract/table.ts';
import type { Workflow, WorkflowEdge } from '../contract/workflow.ts';
import { neededNodes } from './needed.ts';

/** The table that a run goes through row by row. */
export interface RunTable {
  readonly nodeId: string;
  /** The input that holds the rows. */
  readonly input: string;
  readonly rows: Table;
  /** The nodes that run for each row: those that depend on the table. */
  readonly downstream: ReadonlySet<string>;
}

export type TableField = Extract<Field, { kind: 'table' }>;

/** The table field of a node type, with the input's name; null for a node that is no table. */
export function tableFieldOf(type: string, describe: DescriptorLookup): { name: string; field: TableField } | null {
  for (const { name, field } of describe(type)?.inputs ?? []) if (field?.kind === 'table') return { name, field };
  return null;
}

/** The tables that the outputs of a document depend on; a document without problems has one at most. */
export function neededTables(workflow: Workflow, describe: DescriptorLookup): string[] {
  const needed = neededNodes(workflow, describe);
  return Object.keys(workflow.nodes).filter(
    (id) => needed.has(id) && tableFieldOf(workflow.nodes[id]?.type ?? '', describe) !== null,
  );
}

/** The table of a document without problems, or null where its outputs depend on none. */
export function tableOf(workflow: Workflow, describe: DescriptorLookup): RunTable | null {
  const [nodeId] = neededTables(workflow, describe);
  const node = nodeId === undefined ? undefined : workflow.nodes[nodeId];
  const table = node && tableFieldOf(node.type, describe);
  if (nodeId === undefined || !table) return null;
  const rows = (node.inputs[table.name] ?? table.field.default) as Table;
  return { nodeId, input: table.name, rows, downstream: nodesAfter(nodeId, workflow.edges) };
}

/**
 * The document of one row: its cells stand in the inputs that its columns were connected to, and an input whose cell is
 * empty has its own value. So each picture carries the workflow that draws it alone. An input that takes only connections
 * keeps its own, and the table then stays with this one row.
 */
export function rowWorkflow(
  { nodes, edges, ...document }: Workflow,
  { nodeId, input, rows }: RunTable,
  row: number,
  describe: DescriptorLookup,
): Workflow {
  const cells: TableRow = rows[row] ?? {};
  const table = nodes[nodeId];
  const changed = { ...nodes };
  const isReplaced = ({ from, to }: WorkflowEdge) =>
    from.node === nodeId &&
    describe(nodes[to.node]?.type ?? '')?.inputs.some(({ name, field }) => name === to.port && field) === true;
  for (const edge of edges.filter(isReplaced)) {
    const { from, to } = edge;
    const node = changed[to.node];
    const cell = cells[from.port];
    if (!node || isEmptyCell(cell)) continue;
    changed[to.node] = { ...node, inputs: { ...node.inputs, [to.port]: cell } };
  }
  const kept = edges.filter((edge) => !isReplaced(edge));
  delete changed[nodeId];
  if (table && kept.some(({ from }) => from.node === nodeId)) {
    const filled = Object.fromEntries(Object.entries(cells).filter(([, cell]) => !isEmptyCell(cell)));
    changed[nodeId] = { ...table, inputs: { ...table.inputs, [input]: [filled] } };
  }
  return { ...document, nodes: changed, edges: kept };
}

export function isEmptyCell(cell: FieldValue | undefined): cell is undefined | '' {
  return cell === undefined || cell === '';
}

function nodesAfter(start: string, edges: readonly WorkflowEdge[]): Set<string> {
  const found = new Set<string>();
  const pending = [start];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const { from, to } of edges) {
      if (from.node !== node || found.has(to.node)) continue;
      found.add(to.node);
      pending.push(to.node);
    }
  }
  return found;
}
