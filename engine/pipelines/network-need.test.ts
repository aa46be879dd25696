import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hollowModel } from '../../tests/support/hollow-model.ts';
import type { ComponentRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { cudaDialect } from '../layers/dialects/cuda.ts';
import { dmlDialect } from '../layers/dialects/dml.ts';
import { PlannedNetwork } from './network-need.ts';

const folder = mkdtempSync(join(tmpdir(), 'headroom-need-'));
afterAll(() => rmSync(folder, { recursive: true }));

const inEightBits = hollowModel('flux_dev', join(folder, 'eight-bits'), 'F8_E4M3');
const inFloat16 = hollowModel('flux_dev', join(folder, 'float16'), 'F16');
const GIGABYTE = 1e9;
const t5 = inEightBits.family.textEncoders[1] as ComponentRecord;
const { denoiser } = inEightBits.family;

const call = { batch: 1, height: 128, width: 128, tokens: 512 };
const need = (model: Model, component: ComponentRecord, dialect = cudaDialect, parts = 1) => {
  const dimensions = component === t5 ? { batch: 1, tokens: 512 } : model.denoiserCalls.dimensions(call);
  return PlannedNetwork.of(model, component, dialect).need(dimensions, parts);
};

test('of FLUX.1 in eight bits CUDA holds 12 GB, and 5 GB of its text encoder: half of float16', () => {
  for (const [component, gigabytes] of [
    [denoiser, 12],
    [t5, 5],
  ] as const) {
    const { weightBytes } = need(inEightBits, component);
    expect(Math.round(weightBytes / GIGABYTE)).toBe(gigabytes);
    expect(weightBytes / need(inFloat16, component).weightBytes).toBeCloseTo(0.5, 2);
  }
});

test('a device that keeps no weights as they are stored holds as much as of float16', () => {
  const held = need(inEightBits, denoiser, dmlDialect).weightBytes;
  expect(held).toBe(need(inFloat16, denoiser, dmlDialect).weightBytes);
});

test('its parts hold half of what they hold in float16', () => {
  const [eight, sixteen] = [need(inEightBits, denoiser, cudaDialect, 16), need(inFloat16, denoiser, cudaDialect, 16)];
  expect(eight.weightBytes / sixteen.weightBytes).toBeCloseTo(0.5, 1);
});

test('a run casts one matrix at a time: it needs about the largest more, not a copy of the network', () => {
  const largest = 2 * 6 * 3072 ** 2; // norm1.linear in float16
  const more = need(inEightBits, denoiser).graphBytes - need(inFloat16, denoiser).graphBytes;
  expect(more).toBeGreaterThanOrEqual(0);
  expect(more).toBeLessThan(1.5 * largest);
});
