import { z } from 'zod';
import { isImageFile, zImageFile } from './image-file.ts';
import { zModelKind } from './models.ts';
import { tableProblem, zTable, zTableColumn } from './table.ts';

/**
 * What may travel along an edge. `any` belongs to nodes that pass a value through unlooked-at: such an output names the
 * input whose type it takes on (`OutputDescriptor.follows`).
 */
export const zPortType = z.enum([
  'model',
  'image',
  'mask',
  'latents',
  'conditioning',
  'text',
  'integer',
  'float',
  'boolean',
  'any',
]);
export type PortType = z.infer<typeof zPortType>;

/**
 * A number outside the range that leaves the choice to Headroom, such as -1 for the model's own size. The title follows
 * "or -1 for": a widget shows it, and what was chosen if it knows, instead of the number.
 */
const zAuto = z.object({
  value: z.number(),
  title: z.string(),
  /** False where it is not what the model recommends. */
  fromModel: z.boolean().optional(),
});

/** A widget for a value that is typed in rather than connected. Each kind has one component in `renderer/fields`. */
export const zField = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('integer'),
    default: z.number().int(),
    min: z.number().int(),
    max: z.number().int(),
    step: z.number().int().positive(),
    auto: zAuto.optional(),
  }),
  z.object({
    kind: z.literal('float'),
    default: z.number(),
    min: z.number(),
    max: z.number(),
    step: z.number().positive(),
    auto: zAuto.optional(),
  }),
  z.object({ kind: z.literal('boolean'), default: z.boolean() }),
  z.object({
    kind: z.literal('text'),
    default: z.string(),
    multiline: z.boolean(),
    placeholder: z.string().optional(),
    maxLength: z.number().int().positive(),
  }),
  z.object({
    kind: z.literal('enum'),
    default: z.string(),
    options: z.array(z.object({ value: z.string(), title: z.string() })).min(1),
  }),
  /** An integer from 0 to `Number.MAX_SAFE_INTEGER`, or -1 for a new random seed in every run. */
  z.object({ kind: z.literal('seed'), default: z.number().int() }),
  /** A picture file, by its path. */
  z.object({ kind: z.literal('image'), default: zImageFile }),
  /** The id of something of the library (`ModelSummary.id`). */
  z.object({
    kind: z.literal('model'),
    default: z.string(),
    /** What is chosen from, by default what draws. Parts may be taken out of whole models. */
    of: zModelKind.optional(),
    /** A choice that is there without a file. */
    builtIn: z.object({ value: z.string(), title: z.string() }).optional(),
  }),
  /** Rows of cells that a run goes through one by one; the node has an output for each column, of the same name. */
  z.object({
    kind: z.literal('table'),
    default: zTable,
    columns: z.array(zTableColumn).min(1),
    maxRows: z.number().int().positive(),
  }),
]);
export type Field = z.infer<typeof zField>;
export type FieldKind = Field['kind'];

/** A value that a document holds for a field. */
export const zFieldValue = z.union([z.string(), z.number(), z.boolean(), zTable, zImageFile]);
export type FieldValue = z.infer<typeof zFieldValue>;

/** Why a value does not belong in a field, in words that follow "must be", or null where it does. */
export function fieldProblem(field: Field, value: unknown): string | null {
  switch (field.kind) {
    case 'integer':
      return Number.isSafeInteger(value) && inRange(value as number, field) ? null : `a whole number ${range(field)}`;
    case 'float':
      return Number.isFinite(value) && inRange(value as number, field) ? null : `a number ${range(field)}`;
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'text':
      if (typeof value !== 'string') return 'text';
      return value.length <= field.maxLength ? null : `at most ${field.maxLength} characters long`;
    case 'enum':
      return field.options.some((option) => option.value === value)
        ? null
        : `one of ${field.options.map((option) => option.value).join(', ')}`;
    case 'seed':
      return Number.isSafeInteger(value) && (value as number) >= -1
        ? null
        : `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, or -1 for a random one`;
    case 'image':
      return isImageFile(value) ? null : 'a picture file, as { "path": "…" }';
    case 'model':
      return typeof value === 'string' && (value !== '' || field.builtIn?.value === '') ? null : 'the id of a model';
    case 'table':
      return tableProblem(field.columns, field.maxRows, value);
  }
}

/** Whether a field waits for a choice that only the person can make. */
export function isUnchosen(field: Field, value: unknown): boolean {
  return field.kind === 'image' && isImageFile(value) && value.path === '';
}

type NumberField = Extract<Field, { kind: 'integer' | 'float' }>;

function inRange(value: number, field: NumberField): boolean {
  return (value >= field.min && value <= field.max) || value === field.auto?.value;
}

function range({ min, max, auto }: NumberField): string {
  return `from ${min} to ${max}${auto ? `, or ${auto.value} for ${auto.title}` : ''}`;
}
