import type { CallName, EventName } from './contract.ts';

/** Electron's channel of a call; preload and main alike make it from the name. */
export const callChannel = (name: CallName) => `call:${name}`;
export const eventChannel = (name: EventName) => `event:${name}`;

/** What main answers to a call: a rejected promise would carry Electron's own words before the message. */
export type Answer = { ok: true; value: unknown } | { ok: false; message: string };
