import { HeadroomError } from '../contract/errors.ts';
import type { Conditioning, EncodedText, TextEncoderRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { Ladder } from './ladder.ts';
import { inputsWithVectors, promptFor, type ReadPart, readPrompt, textInputs, vectorWidth } from './prompt-vectors.ts';
import { type Stage, withComponent, within } from './stage.ts';

/** A prompt with the input that it came from, for warnings. */
export interface Prompt {
  readonly text: string;
  readonly field: string;
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
  const read: (readonly ReadPart[])[] = [];
  for (const prompt of prompts) read.push(await readPrompt(prompt, stage));
  for (const [index, prompt] of prompts.entries()) warnOfCut(prompt.field, read[index] ?? [], model, stage);
  const encoded: (readonly EncodedText[])[] = [];
  for (const [index, encoder] of textEncoders.entries()) {
    const share = within(stage, index / textEncoders.length, (index + 1) / textEncoders.length);
    encoded.push(await encodeWith(encoder, model, read, share, ladder));
  }
  return prompts.map((_, prompt) => combine(encoded.map((texts) => texts[prompt] as EncodedText)));
}

async function encodeWith(
  encoder: TextEncoderRecord,
  model: Model,
  prompts: readonly (readonly ReadPart[])[],
  stage: Stage,
  ladder: Ladder,
): Promise<readonly EncodedText[]> {
  const tokenizer = stage.environment.tokenizers.of(model, encoder);
  const own = prompts.map((parts) => promptFor(model, encoder, parts));
  const withVectors = own.some(({ vectors }) => vectors.length > 0) ? encoder.withVectors : undefined;
  const width = withVectors ? vectorWidth(model, encoder) : 0;
  const inputs = own.map(({ parts, vectors }) => {
    const { ids } = tokenizer.encode(parts);
    return withVectors ? inputsWithVectors(ids, vectors, width) : textInputs(ids);
  });
  const encoded: EncodedText[] = [];
  await ladder.attempt('encode', ({ residency, encoderParts }) =>
    withComponent(
      ladder.placed('encode', stage),
      model,
      withVectors?.component ?? encoder,
      async (lease) => {
        for (const prompt of inputs.slice(encoded.length)) {
          stage.progress('encode', encoded.length / inputs.length, 'reading the prompt');
          const needed = ladder.activationBytes('encode', encoder.name);
          const { hidden_states: states, pooled } = await lease.run(prompt, 'encode text', 'one prompt', needed);
          encoded.push({ states: asFloat32(states), pooled: pooled && asFloat32(pooled) });
        }
      },
      { residency, parts: encoderParts },
    ),
  );
  return encoded;
}

/** Where one text encoder reads less than another, the one that reads on makes up for it. */
function warnOfCut(field: string, parts: readonly ReadPart[], model: Model, stage: Stage): void {
  const each = model.family.textEncoders.map((encoder) => {
    const tokenizer = stage.environment.tokenizers.of(model, encoder);
    return { room: tokenizer.room, cut: tokenizer.encode(promptFor(model, encoder, parts).parts).cut };
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
