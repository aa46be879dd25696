import generated from './recommended-settings.json';

/** What the planner expects of pictures of one size within some budgets, for which its answer is the same. */
export interface Recommendation {
  /** Width and height in pixels. */
  readonly side: number;
  /** In GiB: what weights and runs may take together. */
  readonly budgets: readonly number[];
  /** How many pictures can be drawn together without savings, and what they need. */
  readonly together: number;
  readonly togetherBytes: number;
  /** Whether `RecommendedSettings.pictures` of them fit, with these savings in words that follow "Headroom". */
  readonly fits: boolean;
  readonly savings: readonly string[];
  /** What they need then; the least that they need where they do not fit. */
  readonly peakBytes: number;
}

export interface RecommendedModel {
  /** The id of its family. */
  readonly family: string;
  readonly title: string;
  readonly guidance: 'classifier-free' | 'embedded' | 'none';
  readonly weights: readonly { readonly component: string; readonly bytes: number }[];
  readonly rows: readonly Recommendation[];
}

export interface RecommendedSettings {
  readonly pictures: number;
  readonly models: readonly RecommendedModel[];
}

/** Made by build/recommended-settings.ts, which writes docs/recommended-settings.md from the same. */
export const recommendedSettings = generated as RecommendedSettings;
