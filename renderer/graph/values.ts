import type { InputDescriptor, NodeDescriptor } from '../../engine/contract/node.ts';
import type { FieldValue } from '../../engine/contract/ports.ts';
import type { GraphNode } from './document.ts';

/** The name that the person sees: their own, or the type's, or the type itself where the engine does not know it. */
export function titleOf(
  node: Pick<GraphNode, 'type' | 'title'>,
  descriptor: Pick<NodeDescriptor, 'title'> | undefined,
): string {
  return node.title ?? descriptor?.title ?? node.type;
}

/** What a field holds: the value that was set, or its default; undefined for an input without a field. */
export function fieldValue(node: Pick<GraphNode, 'inputs'>, input: InputDescriptor): FieldValue | undefined {
  return node.inputs[input.name] ?? input.field?.default;
}
