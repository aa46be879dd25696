import type { ErrorCode } from '../contract/errors.ts';

export const EXIT_DONE = 0;
const EXIT_WRONG_INPUT = 2;
const EXIT_FAILED = 3;
/** 128 + SIGINT, as shells count. */
const EXIT_INTERRUPTED = 130;

/** 2: something that the person gave is wrong; 3: the run failed although nothing was. */
export function exitCode(code: ErrorCode): number {
  switch (code) {
    case 'input':
    case 'model':
      return EXIT_WRONG_INPUT;
    case 'cancelled':
      return EXIT_INTERRUPTED;
    case 'file':
    case 'memory':
    case 'device':
    case 'device-lost':
    case 'fragmented':
    case 'rows':
    case 'engine':
    case 'internal':
      return EXIT_FAILED;
  }
}
