import { readWorkflowText } from '../../engine/contract/migrations.ts';
import type { GraphDocument } from '../graph/document.ts';
import { fromWorkflow, toWorkflow } from '../graph/document.ts';
import { describeNode } from './node-types.ts';

type Fragment = Pick<GraphDocument, 'nodes' | 'edges'>;

/**
 * The text that was last copied here. The system's clipboard has it too, but the page may read that only when the person
 * presses the keys for pasting, not from a menu of its own.
 */
let copied: string | null = null;

/** Nodes as text: a workflow document like any other, so that it can be pasted into a file or a message. */
export function fragmentText({ nodes, edges }: Fragment): string {
  return JSON.stringify(toWorkflow({ name: undefined, nodes, edges }), null, 2);
}

export function rememberCopied(text: string): void {
  copied = text;
}

export function lastCopied(): string | null {
  return copied;
}

/** @throws HeadroomError for text that is no workflow, with the reason */
export function fragmentFrom(text: string): Fragment {
  const { nodes, edges } = fromWorkflow(readWorkflowText(text), describeNode).document;
  return { nodes, edges };
}
