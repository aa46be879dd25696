/**
 * Why something failed, as a closed set: a command line maps it to an exit code, the editor to a place and a colour.
 *
 * - `input`: the person's input is wrong (a field, a document, an option)
 * - `file`: a file is missing, unreadable, malformed or cannot be written
 * - `model`: a model is incomplete, inconsistent or not supported
 * - `memory`: out of memory after everything that could be tried was tried
 * - `device`: a device, driver or native library is missing or failed
 * - `device-lost`: the device is lost to this process, whatever it tries; a new one may have it again
 * - `fragmented`: memory is free, but in pieces that are too small for what this process is to do; a new one has it whole
 * - `rows`: rows of a table failed while others were done; each row has told why
 * - `cancelled`: the person stopped the run
 * - `engine`: the engine process was lost
 * - `internal`: a defect of Headroom
 */
export const ERROR_CODES = [
  'input',
  'file',
  'model',
  'memory',
  'device',
  'device-lost',
  'fragmented',
  'rows',
  'cancelled',
  'engine',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What only a new engine process gets over, in words that follow "because". */
export const NEEDS_NEW_ENGINE: Partial<Record<ErrorCode, string>> = {
  'device-lost': 'the graphics card was lost',
  fragmented: 'its free memory lay in pieces that were too small',
};

/** Where in a workflow an error belongs: the node, and if known the field (input name) on it. */
export interface ErrorPlace {
  nodeId?: string;
  field?: string;
}

/** An error with a message written for the person who sees it: what happened, where, what to do. */
export class HeadroomError extends Error {
  readonly code: ErrorCode;
  readonly place: ErrorPlace;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; place?: ErrorPlace } = {}) {
    super(message, { cause: options.cause });
    this.name = 'HeadroomError';
    this.code = code;
    this.place = options.place ?? {};
  }

  /** The same error, placed at a node or field unless it already names one. */
  at(place: ErrorPlace): HeadroomError {
    return new HeadroomError(this.code, this.message, { cause: this.cause, place: { ...place, ...this.place } });
  }
}

/** Any thrown value as a HeadroomError; what is not one already is a defect, so it is `internal`. */
export function asHeadroomError(thrown: unknown): HeadroomError {
  if (thrown instanceof HeadroomError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new HeadroomError('internal', message, { cause: thrown });
}
