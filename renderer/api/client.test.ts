import { describe, expect, it } from 'vitest';
import { installFakeApp } from '../testing/fake-app.ts';
import { call, messageOf } from './client.ts';

describe('messageOf', () => {
  it.each([
    [new Error("Error invoking remote method 'queue:add': Error: The queue is full"), 'The queue is full'],
    [
      new Error("Error invoking remote method 'a': HeadroomError: generate: steps is too large"),
      'generate: steps is too large',
    ],
    [new Error('plain words'), 'plain words'],
    ['just text', 'just text'],
    [new Error(''), 'Something went wrong, and no reason was given.'],
  ])('finds the words for the person in %s', (thrown, expected) => {
    expect(messageOf(thrown)).toBe(expected);
  });
});

it('rejects with the words for the person', async () => {
  installFakeApp().answer('engine:restart', () => {
    throw new Error("Error invoking remote method 'engine:restart': Error: the engine is locked");
  });
  await expect(call('engine:restart')).rejects.toThrow(/^the engine is locked$/);
});
