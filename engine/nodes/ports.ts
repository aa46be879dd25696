import type { ImageFile } from '../contract/image-file.ts';
import type { InputDescriptor, OutputDescriptor } from '../contract/node.ts';
import type { Field, PortType } from '../contract/ports.ts';
import type { Table } from '../contract/table.ts';
import type { PortValues } from './context.ts';

type InputWords = Pick<InputDescriptor, 'title' | 'description' | 'advanced'>;
type FieldOptions<Kind extends Field['kind']> = Omit<Extract<Field, { kind: Kind }>, 'kind'>;

/** An input of a node; `Value` is what `run` gets for it. */
export interface Input<Value> {
  readonly descriptor: Omit<InputDescriptor, 'name'>;
  /** Never there: it carries the type. */
  readonly value?: Value;
}

export interface Output<Value> {
  readonly descriptor: Omit<OutputDescriptor, 'name'>;
  /** Never there: it carries the type. */
  readonly value?: Value;
}

/** An input that only a connection fills. */
export function connection<Type extends PortType>(type: Type, words: InputWords): Input<PortValues[Type]> {
  return { descriptor: { ...words, type, connectable: true, required: true } };
}

/** An input that may be left unconnected; `run` gets undefined then. */
export function optional<Type extends PortType>(type: Type, words: InputWords): Input<PortValues[Type] | undefined> {
  return { descriptor: { ...words, type, connectable: true, required: false } };
}

/** A number typed in or connected. */
export function integer({
  title,
  description,
  advanced,
  ...field
}: InputWords & FieldOptions<'integer'>): Input<number> {
  return input('integer', true, { title, description, advanced }, { kind: 'integer', ...field });
}

export function float({ title, description, advanced, ...field }: InputWords & FieldOptions<'float'>): Input<number> {
  return input('float', true, { title, description, advanced }, { kind: 'float', ...field });
}

export function seed({ title, description, advanced, ...field }: InputWords & FieldOptions<'seed'>): Input<number> {
  return input('integer', true, { title, description, advanced }, { kind: 'seed', ...field });
}

/** Text typed in or connected. */
export function text({ title, description, advanced, ...field }: InputWords & FieldOptions<'text'>): Input<string> {
  return input('text', true, { title, description, advanced }, { kind: 'text', ...field });
}

/** One of a few values, chosen on the node. */
export function choice({ title, description, advanced, ...field }: InputWords & FieldOptions<'enum'>): Input<string> {
  return input('text', false, { title, description, advanced }, { kind: 'enum', ...field });
}

/** Yes or no, chosen on the node. */
export function boolean({
  title,
  description,
  advanced,
  ...field
}: InputWords & FieldOptions<'boolean'>): Input<boolean> {
  return input('boolean', false, { title, description, advanced }, { kind: 'boolean', ...field });
}

/** Rows typed in on the node, which a run goes through one by one; `run` gets the one at hand. */
export function table({ title, description, ...field }: InputWords & FieldOptions<'table'>): Input<Table> {
  return input('any', false, { title, description }, { kind: 'table', ...field });
}

/** A picture file, chosen on the node. */
export function imageFile({ title, description }: InputWords): Input<ImageFile> {
  return input('image', false, { title, description }, { kind: 'image', default: { path: '' } });
}

/** Something of the library, chosen on the node; `run` gets its id, or '' for nothing. */
export function modelChoice({
  title,
  description,
  advanced,
  ...field
}: InputWords & FieldOptions<'model'>): Input<string> {
  return input('text', false, { title, description, advanced }, { kind: 'model', ...field });
}

export function output<Type extends PortType>(type: Type, title: string): Output<PortValues[Type]> {
  return { descriptor: { title, type } };
}

/** An output that gives on what comes in at `follows`, and so takes on its type. */
export function passedOn(follows: string, title: string): Output<unknown> {
  return { descriptor: { title, type: 'any', follows } };
}

function input<Value>(type: PortType, connectable: boolean, words: InputWords, field: Field): Input<Value> {
  const descriptor = { ...words, type, connectable, required: true, field };
  // Absent rather than undefined: descriptors are compared and sent as they are.
  const present = Object.fromEntries(Object.entries(descriptor).filter(([, value]) => value !== undefined));
  return { descriptor: present as typeof descriptor };
}
