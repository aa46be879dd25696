import { HeadroomError } from '../contract/errors.ts';
import type { Conditioning, EncodedText, TextEncoderRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { Ladder } from './ladder.ts';
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
  for (const prompt of prompts) warnOfCut(prompt, model, stage);
  const encoded: (readonly EncodedText[])[] = [];
  for (const [index, encoder] of textEncoders.entries()) {
    const share = within(stage, index / textEncoders.length, (index + 1) / textEncoders.length);
    encoded.push(await encodeWith(encoder, model, prompts, share, ladder));
  }
  return prompts.map((_, prompt) => combine(encoded.map((texts) => texts[prompt] as EncodedText)));
}

async function encodeWith(
  encoder: TextEncoderRecord,
  model: Model,
  prompts: readonly Prompt[],
  stage: Stage,
  ladder: Ladder,
): Promise<readonly EncodedText[]> {
  const tokenizer = stage.environment.tokenizers.of(model, encoder);
  const tokenized = prompts.map(({ text }) => {
    const { ids } = tokenizer.encode(text);
    return tensor('int64', [1, ids.length], BigInt64Array.from(ids, BigInt));
  });
  const encoded: EncodedText[] = [];
  await ladder.attempt('encode', ({ residency, encoderParts }) =>
    withComponent(
      ladder.placed('encode', stage),
      model,
      encoder,
      async (lease) => {
        for (const input_ids of tokenized.slice(encoded.length)) {
          stage.progress('encode', encoded.length / tokenized.length, 'reading the prompt');
          const needed = ladder.activationBytes('encode', encoder.name);
          const { hidden_states: states, pooled } = await lease.run({ input_ids }, 'encode text', 'one prompt', needed);
          encoded.push({ states: asFloat32(states), pooled: pooled && asFloat32(pooled) });
        }
      },
      { residency, parts: encoderParts },
    ),
  );
  return encoded;
}

/** Where one text encoder reads less than another, the one that reads on makes up for it. */
function warnOfCut({ text, field }: Prompt, model: Model, stage: Stage): void {
  const tokenizers = model.family.textEncoders.map((encoder) => stage.environment.tokenizers.of(model, encoder));
  const { room, encode } = tokenizers.reduce((most, other) => (other.room > most.room ? other : most));
  const { cut } = encode(text);
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
