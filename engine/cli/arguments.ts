import { type ParseArgsConfig, parseArgs } from 'node:util';
import { HeadroomError } from '../contract/errors.ts';

/** Options that every command takes. */
export const SHARED_OPTIONS = {
  models: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'boolean', default: false },
} as const;

/** Options of every command that opens the engine. */
export const ENGINE_OPTIONS = {
  ...SHARED_OPTIONS,
  device: { type: 'string', default: 'auto' },
  'vram-limit': { type: 'string' },
} as const;

/**
 * Parses a command's arguments.
 *
 * @param usage the command, for the hint in errors
 * @throws HeadroomError `input` for an unknown option or a missing value
 */
export function parseCommand<const Options extends NonNullable<ParseArgsConfig['options']>>(
  usage: string,
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // The first sentence says what is wrong; Node's further ones are about its own interface.
    throw new HeadroomError('input', `${message.split('. ')[0]}. See headroom ${usage} --help.`, { cause });
  }
}

/** For commands that are about nothing but this computer. @throws HeadroomError `input` for a word that is no option */
export function withoutWords(usage: string, [word]: readonly string[]): void {
  if (word === undefined) return;
  throw new HeadroomError(
    'input',
    `headroom ${usage} takes options only, not "${word}". See headroom ${usage} --help.`,
  );
}
