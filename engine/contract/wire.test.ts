import { expect, test } from 'vitest';
import { HeadroomError } from './errors.ts';
import { decodeMessage, encodeMessage } from './wire.ts';

const across = (message: unknown) => decodeMessage(structuredClone(encodeMessage(message)));

test('a failed call keeps its code, message and place across structured clone', () => {
  const thrown = new HeadroomError('model', 'unet is missing', { place: { nodeId: 'model' } });
  const answer = across({ t: 's', i: '1', e: thrown }) as { t: string; i: string; e: HeadroomError };
  expect(answer).toMatchObject({ t: 's', i: '1' });
  expect(answer.e).toBeInstanceOf(HeadroomError);
  expect(answer.e).toMatchObject({ code: 'model', message: 'unet is missing', place: { nodeId: 'model' } });
});

test('what is not a HeadroomError arrives as a defect', () => {
  const answer = across({ t: 's', i: '1', e: new TypeError('x is undefined') }) as { e: HeadroomError };
  expect(answer.e).toMatchObject({ code: 'internal', message: 'x is undefined' });
});

test('calls and answers pass unchanged', () => {
  const call = { t: 'q', i: '1', m: 'run', a: [{ runId: 'r' }] };
  expect(across(call)).toEqual(call);
  expect(across({ t: 's', i: '1', r: undefined })).toEqual({ t: 's', i: '1', r: undefined });
});
