import { HeadroomError } from '../contract/errors.ts';
import type { Model } from '../families/model.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { Ladder } from './ladder.ts';
import { type Stage, withComponent } from './stage.ts';

/** A prompt with the input that it came from, for warnings. */
export interface Prompt {
  readonly text: string;
  readonly field: string;
}

/**
 * The text encoder's hidden states of each prompt: float32 [1, tokens, width]. Warns of prompts that are too long.
 *
 * @throws HeadroomError
 */
export async function encodeText(
  model: Model,
  prompts: readonly Prompt[],
  stage: Stage,
  ladder: Ladder,
): Promise<readonly Tensor<'float32'>[]> {
  const tokenizer = stage.environment.tokenizers.of(model);
  const encoded = prompts.map(({ text, field }) => {
    const { ids, cut } = tokenizer.encode(text);
    if (cut > 0) {
      const room = tokenizer.maxLength - 2;
      const last = cut === 1 ? 'the last one was' : `the last ${cut} were`;
      stage.warning(`${field} is ${room + cut} tokens long and the model takes ${room}: ${last} left out.`, field);
    }
    return tensor('int64', [1, ids.length], BigInt64Array.from(ids, BigInt));
  });
  const states: Tensor<'float32'>[] = [];
  await ladder.attempt('encode', ({ residency }) =>
    withComponent(
      stage,
      model,
      model.family.textEncoder,
      async (lease) => {
        for (const input_ids of encoded.slice(states.length)) {
          stage.progress('encode', states.length / encoded.length, 'reading the prompt');
          const needed = ladder.activationBytes('encode');
          const { hidden_states: hidden } = await lease.run({ input_ids }, 'encode text', 'one prompt', needed);
          states.push(asFloat32(hidden));
        }
      },
      { residency },
    ),
  );
  return states;
}

/** @throws HeadroomError `internal` for an output that is not there or of another type */
export function asFloat32(value: Tensor | undefined): Tensor<'float32'> {
  if (value?.dtype === 'float32') return value;
  throw new HeadroomError('internal', `A network gave ${value?.dtype ?? 'nothing'} where float32 was expected.`);
}
