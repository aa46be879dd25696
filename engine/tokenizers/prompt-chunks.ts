/** A tokenizer as text encoders need it. */
export interface TextTokenizer {
  /** How many tokens of a prompt its encoder reads at once. */
  readonly room: number;
  /** How many marks stand before them. */
  readonly before: number;
  /** A text's tokens, without marks of its begin and end. Any text is a prompt. */
  tokens(text: string): readonly number[];
  /** At most `room` tokens as the encoder takes them: between the marks of begin and end, and padded. */
  framed(tokens: readonly number[]): readonly number[];
}

/** Some of a prompt: its text, or how many tokens something has that is no text; and how much it counts, 1 being usual. */
export interface PromptPart {
  readonly content: string | number;
  readonly weight: number;
}

/** What an encoder reads at once: ids, -1 for what is no text, and how much each counts. */
export interface PromptChunk {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
}

/**
 * A prompt in as many chunks as it needs, at least one and at most `most`.
 *
 * @returns the chunks, and how many tokens were left out, from the prompt's end
 */
export function promptChunks(
  tokenizer: TextTokenizer,
  parts: readonly PromptPart[],
  most: number,
): { chunks: readonly PromptChunk[]; cut: number } {
  const { room } = tokenizer;
  const tokens = parts.flatMap(({ content, weight }) => {
    const ids = typeof content === 'number' ? new Array<number>(content).fill(-1) : tokenizer.tokens(content);
    return ids.map((id) => ({ id, weight }));
  });
  const kept = tokens.slice(0, room * most);
  const count = Math.max(1, Math.ceil(kept.length / room));
  const chunks = Array.from({ length: count }, (_, index) => {
    const chunk = kept.slice(index * room, (index + 1) * room);
    const ids = tokenizer.framed(chunk.map(({ id }) => id));
    return { ids, weights: ids.map((_id, place) => chunk[place - tokenizer.before]?.weight ?? 1) };
  });
  return { chunks, cut: tokens.length - kept.length };
}
