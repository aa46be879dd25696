import type { AppApi, CallName, CallParameter, CallResults } from '../../electron/ipc/contract.ts';

/** One call to main. A rejected one is an `Error` whose message is for the person. */
export async function call<Name extends CallName>(
  name: Name,
  ...parameter: CallParameter<Name> extends void ? [] : [CallParameter<Name>]
): Promise<CallResults[Name]> {
  try {
    return await window.app.call(name, ...parameter);
  } catch (thrown) {
    throw new Error(messageOf(thrown), { cause: thrown });
  }
}

/** Listens to one of main's events until the returned function is called. */
export const listen: AppApi['on'] = (name, listener) => window.app.on(name, listener);

/**
 * The words in anything that was thrown. Electron puts "Error invoking remote method 'x': Error: " before the message of a
 * rejected call; a person has no use for it.
 */
export function messageOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const plain = message.replace(/^Error invoking remote method '[^']*': /, '').replace(/^(?:\w*Error: )+/, '');
  return plain.trim() || 'Something went wrong, and no reason was given.';
}
