import type { RunEvent } from '../../engine/contract/events.ts';
import type { Random } from './random.ts';

/**
 * One way to disturb a table that is being drawn. To add another, put it into `DISTURBANCES`: the drill draws one of them for
 * each fault.
 */
export interface Disturbance {
  readonly name: string;
  /** What goes down; memory that is taken is given back when the run has found a way. */
  readonly strikes: 'engine' | 'app' | 'memory';
  /** Whether this is the moment, asked at each event of the run that main hears. */
  readonly after: (event: RunEvent) => boolean;
  /** How long after that event, in milliseconds. @param rowMs what a row takes when nobody disturbs it */
  readonly delay: (random: Random, rowMs: number) => number;
}

export const DISTURBANCES: readonly Disturbance[] = [
  {
    name: 'engine killed some time after a node began',
    strikes: 'engine',
    after: (event) => event.type === 'node' && event.state === 'running',
    delay: (random, rowMs) => random.below(2 * rowMs),
  },
  {
    name: 'engine killed in the middle of a row',
    strikes: 'engine',
    after: (event) => event.type === 'row' && event.state === 'running',
    delay: (random, rowMs) => random.below(rowMs),
  },
  {
    name: 'engine killed as it saves a picture',
    strikes: 'engine',
    after: (event) => event.type === 'progress' && event.phase === 'decode',
    delay: (random) => random.below(60),
  },
  {
    name: 'memory run out in the middle of a row',
    strikes: 'memory',
    after: (event) => event.type === 'row' && event.state === 'running',
    delay: (random, rowMs) => random.below(rowMs / 2),
  },
  {
    name: 'memory run out as a picture is decoded',
    strikes: 'memory',
    after: (event) => event.type === 'progress' && event.phase === 'denoise' && event.fraction > 0.5,
    delay: () => 0,
  },
  {
    name: 'app and engine gone when a picture is on disk and its row not yet written down',
    strikes: 'app',
    after: ({ type }) => type === 'image',
    delay: () => 0,
  },
  {
    name: 'app and engine gone some time after a row ended',
    strikes: 'app',
    after: (event) => event.type === 'row' && event.state === 'done',
    delay: (random, rowMs) => random.below(rowMs),
  },
];
