import { componentVersion } from '../families/adapters.ts';
import type { Conditioning, EncodedText, TextEncoderRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { type PromptChunk, promptChunks } from '../tokenizers/prompt-chunks.ts';
import type { Ladder } from './ladder.ts';
import { loadSideBySide } from './load-side-by-side.ts';
import type { ModelPrompts, Prompt } from './prompt.ts';
import { inputsWithVectors, promptFor, type ReadPart, readPrompt, textInputs, vectorWidth } from './prompt-vectors.ts';
import { type EncoderInputs, isEncoded, runTextEncoder } from './run-text-encoder.ts';
import { type Stage, within } from './stage.ts';
import { isWeighted, joinChunks } from './weighted-chunks.ts';

/** Enough for 600 tokens: attention to each costs time and memory in every step. */
const MOST_CHUNKS = 8;

/** Prompts that were read, and for which model. */
interface ReadModelPrompts {
  readonly model: Model;
  readonly prompts: readonly ReadPrompt[];
}

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
  const read = await readPrompts(prompts, stage);
  for (const [index, prompt] of read.entries()) warnOfCut(prompts[index]?.field as string, prompt, model, stage);
  const runs = textEncoders.map((encoder) => encoderRuns(encoder, model, read, stage));
  const missing = runs.filter(({ component, inputs }) => !isEncoded({ model, component }, inputs, stage));
  if (missing.length > 0) {
    const components = missing.map(({ component }) => component);
    await loadSideBySide(model, components, stage, ladder);
  }
  const coming = comingPrompts(stage);
  const encoded: (readonly EncodedText[])[] = [];
  for (const [index, own] of runs.entries()) {
    const share = within(stage, index / runs.length, (index + 1) / runs.length);
    encoded.push(await encodeWith(own, model, prompts.length, share, ladder, coming));
  }
  return prompts.map((_, prompt) => combine(encoded.map((texts) => texts[prompt] as EncodedText)));
}

async function readPrompts(prompts: readonly Prompt[], stage: Stage): Promise<readonly ReadPrompt[]> {
  const read: ReadPrompt[] = [];
  for (const prompt of prompts) {
    read.push({ parts: await readPrompt(prompt, stage), most: prompt.plain ? 1 : MOST_CHUNKS });
  }
  return read;
}

/** What rows to come have read, once somebody asks. What there is to say of it, or fails, is said when their turn comes. */
function comingPrompts(stage: Stage): () => Promise<readonly ReadModelPrompts[]> {
  const quiet = { ...stage, warning: () => {} };
  const read = async ({ model, prompts }: ModelPrompts) => ({ model, prompts: await readPrompts(prompts, quiet) });
  let asked: Promise<readonly ReadModelPrompts[]> | undefined;
  return () => {
    asked ??= stage.coming().then((coming) => withoutFailures(coming.map(read)));
    return asked;
  };
}

async function withoutFailures<Value>(all: readonly Promise<Value>[]): Promise<Value[]> {
  return (await Promise.allSettled(all)).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** All prompts get as many chunks as the longest: guidance compares what is of one size. */
async function encodeWith(
  { encoder, component, inputs, chunks, count, needsEmpty }: EncoderRuns,
  model: Model,
  prompts: number,
  stage: Stage,
  ladder: Ladder,
  comingPrompts: () => Promise<readonly ReadModelPrompts[]>,
): Promise<readonly EncodedText[]> {
  const coming = async () => {
    const alike = (await comingPrompts()).filter(
      ({ model: other }) => componentVersion(other, component) === componentVersion(model, component),
    );
    const ahead = await withoutFailures(
      alike.map(async ({ model: other, prompts: theirs }) => encoderRuns(encoder, other, theirs, stage)),
    );
    return ahead.flatMap((one) => (one.component === component ? one.inputs : []));
  };
  const encoded = await runTextEncoder({ model, encoder, component, coming }, inputs, stage, ladder);
  const empty = needsEmpty ? encoded.at(-1) : undefined;
  return Array.from({ length: prompts }, (_, prompt) => {
    const from = prompt * count;
    const texts = encoded.slice(from, from + count);
    return joinChunks(
      texts.map((text, index) => ({ ...text, weights: chunks[from + index]?.chunk.weights ?? [] })),
      empty,
    );
  });
}

type EncoderRuns = ReturnType<typeof encoderRuns>;

/** What a text encoder is run with for prompts that are encoded together: `count` chunks of each, and nothing if it is needed. */
function encoderRuns(encoder: TextEncoderRecord, model: Model, prompts: readonly ReadPrompt[], stage: Stage) {
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
  const inputs: EncoderInputs[] = chunks.map(({ prompt, chunk: { ids } }) => {
    if (!withVectors) return textInputs(ids);
    const from = placed.get(prompt) as number;
    placed.set(prompt, from + ids.filter((id) => id === -1).length * width);
    return inputsWithVectors(ids, prompt.vectors.subarray(from), width);
  });
  if (needsEmpty) {
    inputs.push(withVectors ? inputsWithVectors(nothing.ids, new Float32Array(), width) : textInputs(nothing.ids));
  }
  return { encoder, component: withVectors?.component ?? encoder, inputs, chunks, count, needsEmpty };
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
