import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { peakSignalToNoise } from '../../../tests/support/compare.ts';
import { environmentWith, quietEnvironment, quietStage } from '../../../tests/support/engine.ts';
import { writeUpscaler } from '../../../tests/support/upscalers.ts';
import { openUpscaler, type Upscaler } from '../../families/upscaler.ts';
import type { Pixels } from '../../images/picture.ts';
import { DeviceMemory } from '../../memory/device-memory.ts';
import type { PipelineEnvironment } from '../stage.ts';
import { estimateUpscale } from './estimate.ts';
import { upscale } from './upscale.ts';

const MEBIBYTE = 2 ** 20;
let folder: string;
let environment: PipelineEnvironment | undefined;
let x4: Upscaler;
let x2: Upscaler;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-upscale-'));
  x4 = openUpscaler(writeUpscaler(folder, 'x4'), 'x4');
  x2 = openUpscaler(writeUpscaler(folder, 'x2'), 'x2');
});
afterEach(async () => {
  await environment?.components.evictIdle();
  environment = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Soft waves, as a picture has them. */
function waves(width: number, height: number): Pixels {
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < rgb.length; at++) {
    const [column, row] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    rgb[at] = Math.round(128 + 60 * Math.sin(column / 5 + (at % 3)) + 60 * Math.cos(row / 7));
  }
  return { width, height, rgb };
}

async function drawWith(memory: DeviceMemory, upscaler: Upscaler, picture: Pixels) {
  environment = environmentWith(memory);
  const told: string[] = [];
  const stage = quietStage({ environment, recovery: (rung, message) => told.push(`${rung}: ${message}`) });
  return { drawn: await upscale(upscaler, picture, stage), told };
}

const unlimited = (upscaler: Upscaler, picture: Pixels) => upscale(upscaler, picture, quietStage());

describe('upscale', () => {
  it('draws in small tiles what it draws as a whole, under a limit that the whole exceeds', async () => {
    const picture = waves(150, 90);
    const whole = await unlimited(x4, picture);
    expect([whole.width, whole.height]).toEqual([600, 360]);
    const need = estimateUpscale(x4, quietEnvironment().dialect, 8 * MEBIBYTE);
    expect(need.savings).toEqual(['upscales in tiles of 32 pixels']);
    const { drawn, told } = await drawWith(await DeviceMemory.open('cpu', 8 * MEBIBYTE), x4, picture);
    expect(told).toEqual([]);
    expect(peakSignalToNoise(drawn.rgb, whole.rgb)).toBeGreaterThan(45);
  });

  it('takes smaller tiles where memory runs out against all expectation', async () => {
    const picture = waves(150, 90);
    const memory = await DeviceMemory.open('cpu', 8 * MEBIBYTE);
    memory.budgetBytes = () => null;
    const { drawn, told } = await drawWith(memory, x4, picture);
    expect(told[0]).toBe('upscale-tiling: Headroom upscales in tiles of 128 pixels, because memory ran out.');
    expect(peakSignalToNoise(drawn.rgb, (await unlimited(x4, picture)).rgb)).toBeGreaterThan(45);
  });

  it('says what was tried and what would fit where not even the smallest tile does', async () => {
    const memory = await DeviceMemory.open('cpu', MEBIBYTE);
    await expect(drawWith(memory, x4, waves(150, 90))).rejects.toMatchObject({
      code: 'memory',
      message: /not enough memory to upscale with x4\..*It should fit into \d/,
    });
  });

  it.each([
    [1, 1],
    [5, 33],
  ])('takes a picture of %i × %i, whatever the network reads at once', async (width, height) => {
    const drawn = await unlimited(x2, waves(width, height));
    expect([drawn.width, drawn.height, drawn.rgb.length]).toEqual([2 * width, 2 * height, 12 * width * height]);
  });

  it('refuses a result that nobody could hold', async () => {
    const picture = { width: 5000, height: 5000, rgb: new Uint8Array(0) };
    await expect(unlimited(x4, picture)).rejects.toMatchObject({
      code: 'input',
      message: /would become 20000 × 20000 pixels/,
    });
  });

  it('is heard to stop between tiles', async () => {
    const controller = new AbortController();
    const stage = quietStage({
      signal: controller.signal,
      progress: (phase) => phase === 'upscale' && controller.abort(),
    });
    await expect(upscale(x4, waves(20, 20), stage)).rejects.toMatchObject({ code: 'cancelled' });
  });
});
