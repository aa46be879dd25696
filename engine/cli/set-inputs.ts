import { resolve } from 'node:path';
import { HeadroomError } from '../contract/errors.ts';
import type { InputDescriptor, NodeDescriptor } from '../contract/node.ts';
import { type Field, type FieldValue, fieldProblem } from '../contract/ports.ts';
import type { Workflow } from '../contract/workflow.ts';
import { readTableFile } from './table-file.ts';

/**
 * The document with inputs set from texts like "generate.steps=20", each read as the input's field says. A connection to
 * such an input is taken away: who sets a value wants that value.
 *
 * @throws HeadroomError `input`, placed at the node, naming what there is
 */
export function setInputs(
  workflow: Workflow,
  settings: readonly string[],
  descriptors: readonly NodeDescriptor[],
): Workflow {
  return settings.reduce((document, setting) => setInput(document, setting, descriptors), workflow);
}

function setInput(workflow: Workflow, setting: string, descriptors: readonly NodeDescriptor[]): Workflow {
  const [, nodeId, name, text] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(setting) ?? [];
  if (nodeId === undefined || name === undefined || text === undefined) {
    throw new HeadroomError('input', `--set takes NODE.INPUT=VALUE, such as generate.steps=20, and got "${setting}".`);
  }
  const node = Object.hasOwn(workflow.nodes, nodeId) ? workflow.nodes[nodeId] : undefined;
  if (!node) {
    const known = Object.keys(workflow.nodes).join(', ');
    throw new HeadroomError('input', `--set: there is no node "${nodeId}" in the workflow, which has ${known}.`);
  }
  const descriptor = descriptors.find(({ type }) => type === node.type);
  const input = descriptor?.inputs.find((candidate) => candidate.name === name);
  // A node of unknown type is for the validation to report.
  if (!descriptor) return workflow;
  return {
    ...workflow,
    nodes: {
      ...workflow.nodes,
      [nodeId]: { ...node, inputs: { ...node.inputs, [name]: value(nodeId, descriptor, input, name, text) } },
    },
    edges: workflow.edges.filter(({ to }) => to.node !== nodeId || to.port !== name),
  };
}

function value(
  nodeId: string,
  { title, inputs }: NodeDescriptor,
  input: InputDescriptor | undefined,
  name: string,
  text: string,
): FieldValue {
  const wrong = (message: string) => new HeadroomError('input', message, { place: { nodeId, field: name } });
  if (!input?.field) {
    const settable = inputs
      .filter(({ field }) => field)
      .map((candidate) => candidate.name)
      .join(', ');
    const problem = input ? `${name} takes a connection, not a value` : `${name} is not an input of ${title}`;
    throw wrong(`${problem}. Inputs that can be set: ${settable || 'none'}.`);
  }
  const read = readValue(input.field, text);
  const problem = fieldProblem(input.field, read);
  if (problem) throw wrong(`${name} must be ${problem}, got ${text}.`);
  return read as FieldValue;
}

/** Undefined for text that is none of the field's kind. */
function readValue(field: Field, text: string): FieldValue | undefined {
  switch (field.kind) {
    case 'integer':
    case 'float':
    case 'seed':
      return text.trim() === '' ? undefined : Number(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'table':
      return readTableFile(text.replace(/^@/, ''), field);
    case 'image':
      return { path: text === '' ? '' : resolve(text) };
    case 'text':
    case 'enum':
    case 'model':
      return text;
  }
}
