import { z } from 'zod';
import { zField, zPortType } from './ports.ts';

/** Names of nodes' inputs and outputs are part of saved documents: they are never renamed without a migration. */
const zPortName = z.string().regex(/^[a-z][a-z0-9_]*$/);

export const zInputDescriptor = z.object({
  name: zPortName,
  title: z.string(),
  description: z.string().optional(),
  type: zPortType,
  /** Whether an edge may end here. An input that is both connectable and a field shows its widget while unconnected. */
  connectable: z.boolean(),
  /** Whether the node cannot run without it; an input with a field always has the field's default. */
  required: z.boolean(),
  field: zField.optional(),
  /** Shown only when the person opens the node's "more" part. */
  advanced: z.boolean().optional(),
});
export type InputDescriptor = z.infer<typeof zInputDescriptor>;

export const zOutputDescriptor = z.object({
  name: zPortName,
  title: z.string(),
  type: zPortType,
  /** For `any`: the input whose type this output takes on. */
  follows: zPortName.optional(),
});
export type OutputDescriptor = z.infer<typeof zOutputDescriptor>;

/** All that the editor knows of a node type: it draws every node from this with one component. */
export const zNodeDescriptor = z.object({
  type: z.string().regex(/^[a-z][a-z0-9_]*$/),
  title: z.string(),
  category: z.string(),
  description: z.string(),
  /** Extra words that the add-node search matches. */
  keywords: z.array(z.string()),
  inputs: z.array(zInputDescriptor),
  outputs: z.array(zOutputDescriptor),
  /** A node that a run is for: it and what it depends on are run. A document without one has nothing to run. */
  isOutput: z.boolean(),
  /** Whether the node's body shows the pictures that it made. */
  showsImages: z.boolean(),
});
export type NodeDescriptor = z.infer<typeof zNodeDescriptor>;
