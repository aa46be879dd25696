import { HeadroomError } from '../contract/errors.ts';
import type { TextEncoderRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { PromptPart } from '../tokenizers/prompt-chunks.ts';
import { readWeights } from '../tokenizers/prompt-weights.ts';
import { type EmbeddingVectors, readEmbedding } from '../weights/embedding-file.ts';
import type { Prompt } from './prompt.ts';
import type { Stage } from './stage.ts';

/** How prompts name textual inversions: as diffusers registers them, `<name>`, or as ComfyUI does, `embedding:name`. */
const PLACEHOLDER = /<([^<>:]+)>|\bembedding:([^\s,;:()[\]{}<>]+)/g;

/** A part of a prompt: text, or the file of a textual inversion; and how much it counts. */
export interface ReadPart {
  readonly content: string | { readonly path: string };
  readonly weight: number;
}

/**
 * A prompt's text with its weights, unless it is plain, and the textual inversions that it names. What stands in angle
 * brackets and is none stays text. Warns of an `embedding:name` that is not there, which is left out.
 */
export async function readPrompt({ text, field, plain }: Prompt, stage: Stage): Promise<readonly ReadPart[]> {
  const parts: ReadPart[] = [];
  for (const piece of plain ? [{ text, weight: 1 }] : readWeights(text)) {
    const read = await readText(piece.text, field, stage);
    parts.push(...read.map((content) => ({ content, weight: piece.weight })));
  }
  return parts;
}

async function readText(text: string, field: string, stage: Stage): Promise<readonly ReadPart['content'][]> {
  const parts: ReadPart['content'][] = [];
  let end = 0;
  for (const { 0: whole, 1: bracketed, 2: prefixed, index } of text.matchAll(PLACEHOLDER)) {
    const name = (bracketed ?? prefixed ?? '').replace(/\.safetensors$/, '');
    const path = await stage.environment.embeddingPath(name);
    if (path === undefined && bracketed !== undefined) continue;
    if (path === undefined) stage.warning(`${field} names a textual inversion that is not there: ${name}.`, field);
    parts.push(text.slice(end, index), ...(path === undefined ? [] : [{ path }]));
    end = index + whole.length;
  }
  return [...parts, text.slice(end)];
}

/** A prompt as one text encoder takes it: what its tokenizer is given, and the vectors of the parts that are no text. */
export interface EncoderPrompt {
  readonly parts: readonly PromptPart[];
  /** Row after row; empty where there is only text. */
  readonly vectors: Float32Array;
}

/** @throws HeadroomError `model` for a textual inversion that was made for another model */
export function promptFor(model: Model, encoder: TextEncoderRecord, parts: readonly ReadPart[]): EncoderPrompt {
  const read = parts.map(({ content, weight }) => {
    return { weight, content: typeof content === 'string' ? content : vectorsFor(model, encoder, content.path) };
  });
  const found = read.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  const vectors = new Float32Array(found.reduce((sum, { values }) => sum + values.length, 0));
  let offset = 0;
  for (const { values } of found) {
    vectors.set(values, offset);
    offset += values.length;
  }
  const counted = read.map(({ content, weight }) => {
    return { weight, content: typeof content === 'string' ? content : content.count };
  });
  return { parts: counted, vectors };
}

function vectorsFor(model: Model, encoder: TextEncoderRecord, path: string): EmbeddingVectors {
  if (!encoder.withVectors) {
    throw new HeadroomError(
      'model',
      `${model.title} draws without textual inversions: its ${encoder.name} takes none.`,
    );
  }
  return readEmbedding(path, encoder.folder, vectorWidth(model, encoder));
}

/** How many numbers a vector in place of a token has; 0 for an encoder that takes none. */
export function vectorWidth(model: Model, encoder: TextEncoderRecord): number {
  const { config, configPath } = model.source.network(encoder);
  return encoder.withVectors?.width(config, configPath) ?? 0;
}

/**
 * The inputs of a text encoder that takes vectors.
 *
 * @param ids -1 where the next vector is
 * @param vectors row after row
 */
export function inputsWithVectors(
  ids: readonly number[],
  vectors: Float32Array,
  width: number,
): Record<string, Tensor> {
  const tokens = ids.length;
  const kept = new Float32Array(tokens).fill(1);
  const placed = new Float32Array(tokens * width);
  let next = 0;
  for (const [place, id] of ids.entries()) {
    if (id !== -1) continue;
    kept[place] = 0;
    placed.set(vectors.subarray(next, next + width), place * width);
    next += width;
  }
  return {
    ...textInputs(ids.map((id) => Math.max(id, 0))),
    kept: tensor('float32', [1, tokens, 1], kept),
    vectors: tensor('float32', [1, tokens, width], placed),
  };
}

/** The inputs of a text encoder for text alone. */
export function textInputs(ids: readonly number[]): Record<string, Tensor> {
  return { input_ids: tensor('int64', [1, ids.length], BigInt64Array.from(ids, BigInt)) };
}
