import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HeadroomError } from '../../engine/contract/errors.ts';
import { answerCall, type CallHandlers } from './answer.ts';

const cancelled: string[] = [];
const handlers = {
  'queue:cancel': ({ jobId }: { jobId: string }) => void cancelled.push(jobId),
  'settings:get': () => {
    throw new HeadroomError('file', 'The settings cannot be read.');
  },
  'engine:restart': async () => {
    throw new TypeError('undefined is not a function');
  },
} as unknown as CallHandlers;

beforeEach(() => vi.spyOn(console, 'error').mockImplementation(() => {}));
afterEach(() => vi.restoreAllMocks());

test('a parsed parameter reaches the handler, its answer the window', async () => {
  expect(await answerCall('queue:cancel', handlers, { jobId: 'a', more: 1 })).toEqual({ ok: true, value: undefined });
  expect(cancelled).toEqual(['a']);
});

test('a parameter of another form never reaches the handler', async () => {
  for (const parameter of [undefined, null, {}, { jobId: 7 }, 'a']) {
    const answer = await answerCall('queue:cancel', handlers, parameter);
    expect(answer).toEqual({ ok: false, message: expect.stringContaining('queue:cancel') });
  }
  expect(cancelled).toEqual(['a']);
});

test('errors cross as messages, without stacks', async () => {
  expect(await answerCall('settings:get', handlers, undefined)).toEqual({
    ok: false,
    message: 'The settings cannot be read.',
  });
  expect(await answerCall('engine:restart', handlers, undefined)).toEqual({
    ok: false,
    message: 'undefined is not a function',
  });
});
