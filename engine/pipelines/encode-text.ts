import { HeadroomError } from '../contract/errors.ts';
import type { Conditioning, EncodedText, TextEncoderRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { type PromptChunk, promptChunks } from '../tokenizers/prompt-chunks.ts';
import type { Ladder } from './ladder.ts';
import { inputsWithVectors, promptFor, type ReadPart, readPrompt, textInputs, vectorWidth } from './prompt-vectors.ts';
import { type Stage, withComponent, within } from './stage.ts';
import { isWeighted, joinChunks } from './weighted-chunks.ts';

/** A prompt with the input that it came from, for warnings. */
export interface Prompt {
  readonly text: string;
  readonly field: string;
  /** As diffusers reads it: brackets are text, and what is longer than the text encoder reads at once is left out. */
  readonly plain?: boolean;
}

/** Enough for 600 tokens: attention to each costs time and memory in every step. */
const MOST_CHUNKS = 8;

/** A prompt's parts, and in how many chunks a text encoder may read them. */
interface ReadPrompt {
  readonly parts: readonly ReadPart[];
  readonly most: number;
}

/**
 * Each prompt as the denoiser takes it, from one text encoder after the other. Warns of prompts that are too long.
 *
 * @throws HeadroomError
 */
export async function encodeText(
  model: Model,
  prompts: readonly Prompt[],
  stage: Stage,
  ladder: Ladder,
): Promise<readonly Conditioning[]> {
  const { textEncoders, combine } = model.family;
  const read: ReadPrompt[] = [];
  for (const prompt of prompts) {
    read.push({ parts: await readPrompt(prompt, stage), most: prompt.plain ? 1 : MOST_CHUNKS });
  }
  for (const [index, prompt] of read.entries()) warnOfCut(prompts[index]?.field as string, prompt, model, stage);
  const encoded: (readonly EncodedText[])[] = [];
  for (const [index, encoder] of textEncoders.entries()) {
    const share = within(stage, index / textEncoders.length, (index + 1) / textEncoders.length);
    encoded.push(await encodeWith(encoder, model, read, share, ladder));
  }
  return prompts.map((_, prompt) => combine(encoded.map((texts) => texts[prompt] as EncodedText)));
}

/** All prompts get as many chunks as the longest: guidance compares what is of one size. */
async function encodeWith(
  encoder: TextEncoderRecord,
  model: Model,
  prompts: readonly ReadPrompt[],
  stage: Stage,
  ladder: Ladder,
): Promise<readonly EncodedText[]> {
  const own = prompts.map((prompt) => chunksFor(prompt, encoder, model, stage));
  const nothing = emptyChunk(model, encoder, stage);
  const count = Math.max(...own.map(({ chunks }) => chunks.length));
  const chunks = own.flatMap((prompt) => {
    return Array.from({ length: count }, (_, index) => ({ prompt, chunk: prompt.chunks[index] ?? nothing }));
  });
  const needsEmpty = chunks.some(({ chunk }) => isWeighted(chunk));

  const withVectors = own.some(({ vectors }) => vectors.length > 0) ? encoder.withVectors : undefined;
  const width = withVectors ? vectorWidth(model, encoder) : 0;
  const placed = new Map(own.map((prompt) => [prompt, 0]));
  const inputs = chunks.map(({ prompt, chunk: { ids } }) => {
    if (!withVectors) return textInputs(ids);
    const from = placed.get(prompt) as number;
    placed.set(prompt, from + ids.filter((id) => id === -1).length * width);
    return inputsWithVectors(ids, prompt.vectors.subarray(from), width);
  });
  if (needsEmpty) {
    inputs.push(withVectors ? inputsWithVectors(nothing.ids, new Float32Array(), width) : textInputs(nothing.ids));
  }
  const encoded = await runEncoder(withVectors?.component ?? encoder, encoder, model, inputs, stage, ladder);
  const empty = needsEmpty ? encoded.at(-1) : undefined;
  return prompts.map((_, prompt) => {
    const from = prompt * count;
    const texts = encoded.slice(from, from + count);
    return joinChunks(
      texts.map((text, index) => ({ ...text, weights: chunks[from + index]?.chunk.weights ?? [] })),
      empty,
    );
  });
}

/** Runs an encoder, or the variant of it that takes vectors, once for each of `inputs`. */
async function runEncoder(
  component: Parameters<typeof withComponent>[2],
  encoder: TextEncoderRecord,
  model: Model,
  inputs: readonly Record<string, Tensor>[],
  stage: Stage,
  ladder: Ladder,
): Promise<readonly EncodedText[]> {
  const encoded: EncodedText[] = [];
  await ladder.attempt('encode', ({ residency, encoderParts }) =>
    withComponent(
      ladder.placed('encode', stage),
      model,
      component,
      async (lease) => {
        for (const prompt of inputs.slice(encoded.length)) {
          stage.progress('encode', encoded.length / inputs.length, 'reading the prompt');
          const { hidden_states: states, pooled } = await lease.run(prompt, 'encode text', 'one prompt');
          encoded.push({ states: asFloat32(states), pooled: pooled && asFloat32(pooled) });
        }
      },
      { residency, parts: encoderParts, activationBytes: ladder.activationBytes('encode', encoder.name) },
    ),
  );
  return encoded;
}

function chunksFor({ parts, most }: ReadPrompt, encoder: TextEncoderRecord, model: Model, stage: Stage) {
  const tokenizer = stage.environment.tokenizers.of(model, encoder);
  const { parts: own, vectors } = promptFor(model, encoder, parts);
  return { ...promptChunks(tokenizer, own, mostChunks(model, most)), vectors };
}

function emptyChunk(model: Model, encoder: TextEncoderRecord, stage: Stage): PromptChunk {
  const [chunk] = promptChunks(stage.environment.tokenizers.of(model, encoder), [], 1).chunks;
  return chunk as PromptChunk;
}

/**
 * CLIP reads long prompts in chunks. T5 reads a prompt at once, and where it does, CLIP is asked for no more than the prompt
 * as a whole.
 */
function mostChunks({ family }: Model, most: number): number {
  return family.textEncoders.every(({ tokenizer }) => tokenizer.kind === 'clip') ? most : 1;
}

/** Where one text encoder reads less than another, the one that reads on makes up for it. */
function warnOfCut(field: string, prompt: ReadPrompt, model: Model, stage: Stage): void {
  const each = model.family.textEncoders.map((encoder) => {
    const { room } = stage.environment.tokenizers.of(model, encoder);
    return { room: room * mostChunks(model, prompt.most), cut: chunksFor(prompt, encoder, model, stage).cut };
  });
  const { room, cut } = each.reduce((most, other) => (other.room > most.room ? other : most));
  if (cut === 0) return;
  const last = cut === 1 ? 'the last one was' : `the last ${cut} were`;
  stage.warning(`${field} is ${room + cut} tokens long and the model takes ${room}: ${last} left out.`, field);
}

/** What a prompt would be of which every text encoder says nothing. */
export function zerosLike({ states, pooled }: Conditioning): Conditioning {
  const zeros = ({ dims, data }: Tensor<'float32'>) => tensor('float32', dims, new Float32Array(data.length));
  return { states: zeros(states), pooled: pooled && zeros(pooled) };
}

/** @throws HeadroomError `internal` for an output that is not there or of another type */
export function asFloat32(value: Tensor | undefined): Tensor<'float32'> {
  if (value?.dtype === 'float32') return value;
  throw new HeadroomError('internal', `A network gave ${value?.dtype ?? 'nothing'} where float32 was expected.`);
}
