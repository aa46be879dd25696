import { expect, it } from 'vitest';
import { starterModel } from '../../tests/support/engine.ts';
import { cpuDialect } from '../layers/dialects/cpu.ts';
import { Corrections } from '../memory/corrections.ts';
import { estimateModel } from './estimate-model.ts';

it('lets messages in while it looks at a model for the first time', async () => {
  let heard = 0;
  let isDone = false;
  const listen = () => {
    heard += 1;
    if (!isDone) setImmediate(listen);
  };
  setImmediate(listen);
  const context = { dialect: cpuDialect, corrections: new Corrections(null, 'cpu'), budgetBytes: null };
  const { undegradedBytes, leastBytes } = await estimateModel(starterModel(), context);
  isDone = true;
  expect(leastBytes).toBeLessThan(undegradedBytes);
  // Between the three networks, and between the plans that are tried.
  expect(heard).toBeGreaterThan(10);
});
