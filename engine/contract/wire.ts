import { HeadroomError } from './errors.ts';
import { zEngineError } from './events.ts';

/**
 * `serialize` and `deserialize` of both ends of the birpc channel between main and engine. Structured clone keeps only the
 * message of an error, so an error answer (`e` of a birpc message) travels as plain data and arrives as a HeadroomError
 * with its code and place.
 */
export function encodeMessage(message: unknown): unknown {
  if (!isErrorAnswer(message)) return message;
  const { e: thrown, ...rest } = message;
  const code = thrown instanceof HeadroomError ? thrown.code : 'internal';
  const place = thrown instanceof HeadroomError ? thrown.place : {};
  return { ...rest, e: { code, message: thrown instanceof Error ? thrown.message : String(thrown), place } };
}

/** The inverse of `encodeMessage`. */
export function decodeMessage(message: unknown): unknown {
  if (!isErrorAnswer(message)) return message;
  const error = zEngineError.safeParse(message.e);
  if (!error.success) return message;
  const { code, place } = error.data;
  return { ...message, e: new HeadroomError(code, error.data.message, { place }) };
}

function isErrorAnswer(message: unknown): message is { e: unknown } {
  return typeof message === 'object' && message !== null && 'e' in message && Boolean(message.e);
}
