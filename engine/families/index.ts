import type { Family } from './family.ts';
import { sd15 } from './sd15.ts';

/** Every model family there is. */
export const families: readonly Family[] = [sd15];
