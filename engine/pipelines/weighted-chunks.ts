import type { EncodedText } from '../families/family.ts';
import { tensor } from '../tensor/tensor.ts';
import type { PromptChunk } from '../tokenizers/prompt-chunks.ts';

/** What an encoder says of one chunk. */
export interface EncodedChunk extends EncodedText {
  readonly weights: PromptChunk['weights'];
}

/** Whether something in a chunk counts more or less than usual. */
export function isWeighted({ weights }: Pick<PromptChunk, 'weights'>): boolean {
  return weights.some((weight) => weight !== 1);
}

/**
 * A prompt's chunks one behind the other along the tokens, [1, chunks · tokens, width], each token as far from what the
 * encoder says of nothing as it counts: `empty + weight · (states - empty)` (ComfyUI: sd1_clip.py,
 * ClipTokenWeightEncoder). The prompt as a whole is what its first chunk is, without weights, as there.
 *
 * @param empty what the encoder says of an empty prompt; needed where something is weighted
 */
export function joinChunks(chunks: readonly EncodedChunk[], empty: EncodedText | undefined): EncodedText {
  const [first] = chunks as readonly [EncodedChunk];
  const [, tokens = 0, width = 0] = first.states.dims;
  const data = new Float32Array(chunks.length * tokens * width);
  for (const [index, chunk] of chunks.entries()) {
    data.set(weighted(chunk, empty, width), index * tokens * width);
  }
  return { states: tensor('float32', [1, chunks.length * tokens, width], data), pooled: first.pooled };
}

function weighted({ states, weights }: EncodedChunk, empty: EncodedText | undefined, width: number): Float32Array {
  if (!empty || !isWeighted({ weights })) return states.data;
  return states.data.map((value, index) => {
    const nothing = empty.states.data[index] as number;
    return nothing + (weights[Math.floor(index / width)] as number) * (value - nothing);
  });
}
