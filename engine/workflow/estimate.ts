import { setImmediate } from 'node:timers/promises';
import type { DescriptorLookup } from '../contract/connection.ts';
import { asHeadroomError } from '../contract/errors.ts';
import { type Fit, fitOf, type NodeEstimate, type WorkflowEstimate } from '../contract/estimate.ts';
import type { EngineError } from '../contract/events.ts';
import type { Workflow } from '../contract/workflow.ts';
import type { EstimateContext } from '../nodes/context.ts';
import { type NodeLookup, type PlannedNode, planRun } from './plan.ts';
import { validateWorkflow } from './validate.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * What a document's run will need of the device's memory, node by node, without loading a weight. Nodes that only look
 * things up are run for it; what comes from others is taken to be the default of the input that it ends at.
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
  const nodes: Record<string, NodeEstimate> = {};
  if (problems.length === 0) {
    const known = new Map<string, Values>();
    for (const node of planRun(workflow, lookup)) {
      try {
        const inputs = inputValues(node, known);
        // Hundreds of nodes take seconds: whoever calls the engine meanwhile is heard.
        await setImmediate();
        if (node.definition.lookUp) known.set(node.id, await node.definition.lookUp(context, inputs));
        const estimate = await node.definition.estimate?.(context, inputs);
        if (estimate) nodes[node.id] = estimate;
      } catch (thrown) {
        const { code, message, place } = asHeadroomError(thrown).at({ nodeId: node.id });
        problems.push({ code, message, place });
      }
    }
  }
  const { budgetBytes } = context;
  const estimates = Object.values(nodes);
  const peakBytes = Math.max(0, ...estimates.map((estimate) => estimate.peakBytes));
  return { device, budgetBytes, nodes, peakBytes, fits: fits(estimates, budgetBytes), problems };
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
