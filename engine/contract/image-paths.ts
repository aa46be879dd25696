import { isImageFile } from './image-file.ts';
import type { Workflow, WorkflowNode } from './workflow.ts';

/** The document with the path of every picture that it names as `place` gives it. */
export function withImagePaths(workflow: Workflow, place: (path: string) => string): Workflow {
  const placed = (node: WorkflowNode): WorkflowNode => {
    const values = Object.entries(node.inputs).map(([name, value]) => {
      return [name, isImageFile(value) && value.path !== '' ? { path: place(value.path) } : value] as const;
    });
    return { ...node, inputs: Object.fromEntries(values) };
  };
  const nodes = Object.entries(workflow.nodes).map(([id, node]) => [id, placed(node)] as const);
  return { ...workflow, nodes: Object.fromEntries(nodes) };
}
