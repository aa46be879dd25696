import type { DescriptorLookup } from '../../engine/contract/connection.ts';
import type { FieldValue } from '../../engine/contract/ports.ts';
import { WORKFLOW_VERSION, type Workflow, type WorkflowEdge } from '../../engine/contract/workflow.ts';
import { placeNodes } from './layout.ts';

export interface Point {
  x: number;
  y: number;
}

/** A node as the editor holds it: what the document says, and always a place. */
export interface GraphNode {
  type: string;
  /** The person's own name for it; without one the type's title is shown. */
  title?: string;
  /** Values that were set; absent fields take their default. */
  inputs: Record<string, FieldValue>;
  position: Point;
}

/** A workflow document in the editor: nodes by id, edges by named ports. Never changed in place. */
export interface GraphDocument {
  name: string | undefined;
  nodes: Record<string, GraphNode>;
  edges: WorkflowEdge[];
}

export const emptyDocument: GraphDocument = { name: undefined, nodes: {}, edges: [] };

/** What was opened, and the edges that had to be left out because they lead to nodes that do not exist. */
export interface OpenedDocument {
  document: GraphDocument;
  dangling: WorkflowEdge[];
}

/** Takes a document into the editor. Nodes without a position are laid out; all else is kept as it is, unknown types too. */
export function fromWorkflow(workflow: Workflow, describe: DescriptorLookup): OpenedDocument {
  const { nodes, edges } = workflow;
  const exists = (id: string) => Object.hasOwn(nodes, id);
  const kept = edges.filter(({ from, to }) => exists(from.node) && exists(to.node));
  return {
    document: { name: workflow.name, nodes: placeNodes(nodes, kept, describe), edges: kept },
    dangling: edges.filter((edge) => !kept.includes(edge)),
  };
}

/** The document as it is saved, run and copied. */
export function toWorkflow({ name, nodes, edges }: GraphDocument): Workflow {
  return {
    format: 'headroom-workflow',
    version: WORKFLOW_VERSION,
    ...(name === undefined ? {} : { name }),
    nodes,
    edges,
  };
}
