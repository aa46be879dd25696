import { expect, it } from 'vitest';
import { environmentWith, quietStage, starterModel } from '../../tests/support/engine.ts';
import { DeviceMemory } from '../memory/device-memory.ts';
import { TorchGenerator } from '../tensor/noise.ts';
import { decodeLatents } from './decode-latents.ts';

const model = starterModel();
const latents = new TorchGenerator(3).randn([4, 4, 16, 16]);

/** Four pictures, and the most that the arena held for them. */
async function decode(together: number) {
  const memory = await DeviceMemory.open('cpu', null);
  const environment = environmentWith(memory);
  const pictures = await decodeLatents(model, latents, quietStage({ environment }), { together });
  const { peakBytes } = memory.account()!;
  await environment.components.evictIdle();
  return { pictures, peakBytes };
}

it('pictures that are decoded one by one are the same, and need less memory', async () => {
  const all = await decode(4);
  const sliced = await decode(1);
  expect(sliced.peakBytes).toBeLessThan(all.peakBytes / 2);
  for (const [index, { rgb }] of sliced.pictures.entries()) {
    expect(Buffer.compare(rgb, all.pictures[index]!.rgb), `picture ${index}`).toBe(0);
  }
});
