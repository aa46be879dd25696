import { z } from 'zod';
import { asHeadroomError, HeadroomError } from '../../engine/contract/errors.ts';
import type { Answer } from './channels.ts';
import { type CallName, type CallParameter, type CallResults, callSchemas } from './contract.ts';

/** What carries out each call, with its parameter parsed. */
export type CallHandlers = {
  [Name in CallName]: (parameter: CallParameter<Name>) => CallResults[Name] | Promise<CallResults[Name]>;
};

/** Parses the parameter, carries the call out, and puts what comes of it into an answer. */
export async function answerCall(name: CallName, handlers: CallHandlers, parameter: unknown): Promise<Answer> {
  try {
    const parsed = callSchemas[name].safeParse(parameter);
    if (!parsed.success) {
      throw new HeadroomError('internal', `${name} was called in a wrong form: ${z.prettifyError(parsed.error)}`);
    }
    const handle = handlers[name] as (parameter: unknown) => unknown;
    return { ok: true, value: await handle(parsed.data) };
  } catch (thrown) {
    const error = asHeadroomError(thrown);
    if (error.code === 'internal') console.error(name, thrown);
    return { ok: false, message: error.message };
  }
}
