import type { Family } from './family.ts';
import { fluxDev, fluxSchnell } from './flux.ts';
import { sd2, sd15 } from './sd15.ts';
import { sdxl } from './sdxl.ts';

/** Every model family there is. */
export const families: readonly Family[] = [sd15, sd2, sdxl, fluxDev, fluxSchnell];
