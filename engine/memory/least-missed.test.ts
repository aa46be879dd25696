import { describe, expect, it } from 'vitest';
import { leastMissed } from './least-missed.ts';

let uses = 0;
const component = (name: string, bytes: number, model = 'drawing') => ({ name, bytes, model, lastUse: uses++ });
const parts = [component('denoiser', 1600), component('vae', 100), component('encoder', 230)];
const NEVER = -1;
const going = (idle: typeof parts, bytes: number, lastUse = NEVER) =>
  leastMissed(idle, bytes, { model: 'drawing', lastUse }).map(({ name }) => name);

describe('of the components that take turns', () => {
  it.each([
    [50, ['vae']],
    [200, ['encoder']],
    [300, ['vae', 'encoder']],
    [400, ['denoiser']],
    [1800, ['encoder', 'denoiser']],
  ])('those go that free %d bytes and are the soonest loaded again', (bytes, names) => {
    expect(going(parts, bytes)).toEqual(names);
  });

  it('all go where that is not enough, and none where nothing is missing', () => {
    expect(going(parts, 9999)).toHaveLength(parts.length);
    expect(going(parts, 0)).toEqual([]);
  });
});

describe('before them go', () => {
  it('other models, the longest unused before the others, and only as far as it is needed', () => {
    const idle = [component('old', 500, 'a'), ...parts, component('older model, used since', 300, 'b')];
    expect(going(idle, 100)).toEqual(['old']);
    expect(going(idle, 600)).toEqual(['old', 'older model, used since']);
    expect(going(idle, 850)).toEqual(['old', 'older model, used since', 'vae']);
  });

  it('what was not used since the one that is wanted was', () => {
    const [denoiser, vae, encoder] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
    const unused = { ...encoder, lastUse: denoiser.lastUse - 1 };
    expect(going([unused, vae], 50, denoiser.lastUse)).toEqual(['encoder']);
    expect(going([encoder, vae], 50, denoiser.lastUse)).toEqual(['vae']);
  });
});
