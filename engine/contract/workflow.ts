import { z } from 'zod';
import { zFieldValue } from './ports.ts';

/** The version that this build writes. Older ones are migrated (`migrations.ts`), newer ones refused by name. */
export const WORKFLOW_VERSION = 1;

const zNodeId = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'a node id starts with a letter and holds letters, digits, _ and -');

const zPoint = z.strictObject({ x: z.number(), y: z.number() });

/** A node: its type, the values of its fields by input name (absent ones take their default), and where it stands. */
export const zWorkflowNode = z.strictObject({
  type: z.string(),
  title: z.string().max(200).optional(),
  inputs: z.record(z.string(), zFieldValue).default({}),
  position: zPoint.optional(),
});
export type WorkflowNode = z.infer<typeof zWorkflowNode>;

const zEnd = z.strictObject({ node: zNodeId, port: z.string() });

/** From an output to an input, both by name. */
export const zWorkflowEdge = z.strictObject({ from: zEnd, to: zEnd });
export type WorkflowEdge = z.infer<typeof zWorkflowEdge>;

/** A workflow document, version 1. */
export const zWorkflow = z.strictObject({
  format: z.literal('headroom-workflow'),
  version: z.literal(WORKFLOW_VERSION),
  name: z.string().max(200).optional(),
  nodes: z.record(zNodeId, zWorkflowNode),
  edges: z.array(zWorkflowEdge),
});
export type Workflow = z.infer<typeof zWorkflow>;
