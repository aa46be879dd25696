import type { Model } from '../families/model.ts';

/** A prompt with the input that it came from, for warnings. */
export interface Prompt {
  readonly text: string;
  readonly field: string;
  /** As diffusers reads it: brackets are text, and what is longer than the text encoder reads at once is left out. */
  readonly plain?: boolean;
}

/** Prompts that are encoded together, and for which model. */
export interface ModelPrompts {
  readonly model: Model;
  readonly prompts: readonly Prompt[];
}
