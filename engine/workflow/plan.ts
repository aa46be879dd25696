import { createHash } from 'node:crypto';
import type { DescriptorLookup } from '../contract/connection.ts';
import type { InputDescriptor } from '../contract/node.ts';
import type { FieldValue } from '../contract/ports.ts';
import type { Workflow } from '../contract/workflow.ts';
import type { NodeDefinition } from '../nodes/define.ts';
import { neededNodes } from './needed.ts';

export type NodeLookup = (type: string) => NodeDefinition | undefined;

/** Where an input's value comes from. */
export type PlannedInput =
  | { readonly kind: 'value'; readonly value: FieldValue }
  | { readonly kind: 'edge'; readonly node: string; readonly port: string };

export interface PlannedNode {
  readonly id: string;
  readonly definition: NodeDefinition;
  readonly inputs: ReadonlyMap<string, PlannedInput>;
}

/**
 * What the outputs of a document need, each node after those that it depends on, otherwise in the document's order.
 *
 * @param workflow a document without problems (`validate.ts`)
 * @param isWanted of the outputs, those to plan for; by default all
 */
export function planRun(workflow: Workflow, lookup: NodeLookup, isWanted?: (id: string) => boolean): PlannedNode[] {
  const needed = neededNodes(workflow, (type) => lookup(type)?.descriptor, isWanted);
  const plan: PlannedNode[] = [];
  const planned = new Set<string>();
  const pending = Object.keys(workflow.nodes).filter((id) => needed.has(id));
  while (pending.length > 0) {
    const ready = pending.findIndex((id) =>
      workflow.edges.every(({ from, to }) => to.node !== id || planned.has(from.node)),
    );
    const [id] = pending.splice(ready, 1);
    const node = plannedNode(id as string, workflow, lookup);
    if (ready < 0 || !node) throw new Error('only documents without problems can be planned');
    plan.push(node);
    planned.add(node.id);
  }
  return plan;
}

function plannedNode(id: string, { nodes, edges }: Workflow, lookup: NodeLookup): PlannedNode | undefined {
  const node = nodes[id];
  const definition = node && lookup(node.type);
  if (!definition) return undefined;
  const inputs = definition.descriptor.inputs.map(({ name, field }): [string, PlannedInput] | null => {
    const edge = edges.find(({ to }) => to.node === id && to.port === name);
    if (edge) return [name, { kind: 'edge', node: edge.from.node, port: edge.from.port }];
    const value = node.inputs[name] ?? field?.default;
    return value === undefined ? null : [name, { kind: 'value', value }];
  });
  return { id, definition, inputs: new Map(inputs.filter((input) => input !== null)) };
}

const RANDOM_SEED = -1;

/**
 * The document with a drawn seed wherever a seed is left to chance: the one that a picture can be drawn from again. Seeds
 * have 32 bits, so that people can read them out: the generator uses no more of a larger one either.
 *
 * @param occasion names what a node's seeds are drawn for, such as the run: on the same occasion the same seed is drawn
 *   again, so that a run that was interrupted goes on with the pictures that it began
 */
export function withDrawnSeeds(
  workflow: Workflow,
  describe: DescriptorLookup,
  occasion: (nodeId: string) => string,
): Workflow {
  const nodes = Object.entries(workflow.nodes).map(([id, node]) => {
    const seeds = (describe(node.type)?.inputs ?? [])
      .filter((input) => isRandomSeed(input, node.inputs[input.name]))
      .map(({ name }) => [name, drawnSeed([occasion(id), id, name])] as const);
    return [id, seeds.length > 0 ? { ...node, inputs: { ...node.inputs, ...Object.fromEntries(seeds) } } : node];
  });
  return { ...workflow, nodes: Object.fromEntries(nodes) };
}

function drawnSeed(occasion: readonly string[]): number {
  return createHash('sha256').update(JSON.stringify(occasion)).digest().readUInt32BE();
}

function isRandomSeed({ field }: InputDescriptor, value: FieldValue | undefined): boolean {
  return field?.kind === 'seed' && (value ?? field.default) === RANDOM_SEED;
}
