import type { PortType } from '../contract/ports.ts';
import type { Workflow } from '../contract/workflow.ts';
import type { LibraryContext } from '../nodes/context.ts';
import type { ModelPrompts } from '../pipelines/prompt.ts';
import { type NodeLookup, type PlannedNode, planRun } from './plan.ts';

type Values = Readonly<Record<string, unknown>>;

/** Which model reads a prompt, and what it makes of it, does not depend on them. */
const PICTURES: readonly PortType[] = ['image', 'mask'];

/**
 * What a node will have encoded in documents to come. Nodes before it that only look things up are asked; a document in which
 * anything else has to run first, or fails, is left out: its turn comes.
 */
export async function comingPrompts(
  nodeId: string,
  documents: readonly Workflow[],
  lookup: NodeLookup,
  context: LibraryContext,
): Promise<ModelPrompts[]> {
  const coming: ModelPrompts[] = [];
  for (const document of documents) {
    const nodes = new Map(planRun(document, lookup).map((node) => [node.id, node]));
    const node = nodes.get(nodeId);
    try {
      const inputs = node && (await inputsAhead(node, nodes, context));
      const prompts = inputs && node.definition.prompts?.(inputs);
      if (prompts) coming.push(prompts);
    } catch {
      // It fails when its turn comes, and says why.
    }
  }
  return coming;
}

/** The values of a node's inputs; undefined if more than pictures has to be made for them. */
async function inputsAhead(
  { definition, inputs }: PlannedNode,
  nodes: ReadonlyMap<string, PlannedNode>,
  context: LibraryContext,
): Promise<Values | undefined> {
  const values: Record<string, unknown> = {};
  for (const [name, input] of inputs) {
    if (input.kind === 'value') {
      values[name] = input.value;
      continue;
    }
    const type = definition.descriptor.inputs.find((descriptor) => descriptor.name === name)?.type;
    if (type && PICTURES.includes(type)) continue;
    const source = nodes.get(input.node);
    const given = source?.definition.lookUp && (await inputsAhead(source, nodes, context));
    const value = given && (await source.definition.lookUp?.(context, given))?.[input.port];
    if (value === undefined) return undefined;
    values[name] = value;
  }
  return values;
}
