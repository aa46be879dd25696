import { setImmediate } from 'node:timers/promises';
import type { DescriptorLookup } from '../contract/connection.ts';
import { asHeadroomError } from '../contract/errors.ts';
import { type Fit, fitOf, type NodeEstimate, type WorkflowEstimate } from '../contract/estimate.ts';
import type { EngineError } from '../contract/events.ts';
import type { Workflow } from '../contract/workflow.ts';
import type { EstimateContext } from '../nodes/context.ts';
import { largestRows } from './largest-rows.ts';
import { type NodeLookup, type PlannedNode, planRun } from './plan.ts';
import { rowWorkflow, tableOf } from './rows.ts';
import { validateWorkflow } from './validate.ts';

type Values = Readonly<Record<string, unknown>>;
type NodeEstimates = Record<string, NodeEstimate>;

/**
 * What a document's run will need of the device's memory, node by node, without loading a weight. Nodes that only look
 * things up are run for it; what comes from others is taken to be the default of the input that it ends at. What runs for
 * each row of a table is estimated by the row that needs the most.
 */
export async function estimateWorkflow(
  workflow: Workflow,
  lookup: NodeLookup,
  context: EstimateContext,
  device: string,
): Promise<WorkflowEstimate> {
  const describe: DescriptorLookup = (type) => lookup(type)?.descriptor;
  const problems: EngineError[] = validateWorkflow(workflow, describe).map(({ message, place }) => ({
    code: 'input',
    message,
    place,
  }));
  const nodes: NodeEstimates = {};
  if (problems.length === 0) {
    const table = tableOf(workflow, describe);
    const known = new Map<string, Values>();
    const plan = planRun(workflow, lookup).filter(({ id }) => !table?.downstream.has(id));
    Object.assign(nodes, await estimateNodes(plan, context, known, problems));
    const byRow = new Map<number, NodeEstimates>();
    for (const row of table ? largestRows(workflow, table, describe) : []) {
      if (!table || problems.length > 0) break;
      const ofRow = planRun(rowWorkflow(workflow, table, row, describe), lookup);
      const downstream = ofRow.filter(({ id }) => table.downstream.has(id));
      byRow.set(row, await estimateNodes(downstream, context, new Map(known), problems, `Row ${row + 1}: `));
    }
    Object.assign(nodes, largestOf(byRow));
  }
  const { budgetBytes } = context;
  const estimates = Object.values(nodes);
  const peakBytes = Math.max(0, ...estimates.map((estimate) => estimate.peakBytes));
  return { device, budgetBytes, nodes, peakBytes, fits: fits(estimates, budgetBytes), problems };
}

/**
 * @param known what nodes before these give, to which is added what these give
 * @param problems to which is added what goes wrong
 * @param where what problems begin with
 */
async function estimateNodes(
  plan: readonly PlannedNode[],
  context: EstimateContext,
  known: Map<string, Values>,
  problems: EngineError[],
  where = '',
): Promise<NodeEstimates> {
  const nodes: NodeEstimates = {};
  for (const node of plan) {
    try {
      const inputs = inputValues(node, known);
      // Hundreds of nodes take seconds: whoever calls the engine meanwhile is heard.
      await setImmediate();
      if (node.definition.lookUp) known.set(node.id, await node.definition.lookUp(context, inputs));
      const estimate = await node.definition.estimate?.(context, inputs);
      if (estimate) nodes[node.id] = estimate;
    } catch (thrown) {
      const { code, message, place } = asHeadroomError(thrown).at({ nodeId: node.id });
      problems.push({ code, message: `${where}${message}`, place });
    }
  }
  return nodes;
}

/** Of each node the estimate of the row that needs the most, which is named if another one needs less. */
function largestOf(byRow: ReadonlyMap<number, NodeEstimates>): NodeEstimates {
  const largest: NodeEstimates = {};
  for (const [row, nodes] of byRow) {
    for (const [id, estimate] of Object.entries(nodes)) {
      const { undegradedBytes } = largest[id] ?? { undegradedBytes: -1 };
      if (estimate.undegradedBytes > undegradedBytes) largest[id] = { ...estimate, row };
    }
  }
  for (const [id, { row: _row, ...estimate }] of Object.entries(largest)) {
    const all = [...byRow.values()].map((nodes) => nodes[id]?.undegradedBytes);
    if (all.every((bytes) => bytes === estimate.undegradedBytes)) largest[id] = estimate;
  }
  return largest;
}

/** As the node does that fits worst. */
function fits(estimates: readonly NodeEstimate[], budgetBytes: number | null): Fit {
  const all = new Set(estimates.map((estimate) => fitOf(estimate, budgetBytes)));
  return (['no', 'tight', 'yes'] as const).find((fit) => all.has(fit)) ?? 'unknown';
}

function inputValues({ definition, inputs }: PlannedNode, known: ReadonlyMap<string, Values>): Values {
  const values: Record<string, unknown> = {};
  for (const [name, input] of inputs) {
    if (input.kind === 'value') values[name] = input.value;
    else {
      const field = definition.descriptor.inputs.find((descriptor) => descriptor.name === name)?.field;
      values[name] = known.get(input.node)?.[input.port] ?? field?.default;
    }
  }
  return values;
}
