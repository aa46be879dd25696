import { createHash } from 'node:crypto';
import type { ComponentRecord, EncodedText, TextEncoderRecord } from '../families/family.ts';
import { componentDialect, type Model } from '../families/model.ts';
import type { Dialect } from '../layers/dialect.ts';
import { BoundedCache } from '../memory/bounded-cache.ts';
import type { MemoryPlan } from '../memory/plan.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { asFloat32 } from './as-float32.ts';
import type { Ladder } from './ladder.ts';
import { loadedVersion } from './loaded-graph.ts';
import { breathe, type Stage } from './stage.ts';
import { withComponent } from './with-component.ts';

/** The inputs of one run of a text encoder: one chunk of a prompt. */
export type EncoderInputs = Readonly<Record<string, Tensor>>;

/**
 * What text encoders have said, by all that it depends on. There is room for the prompts that are encoded ahead: those of 32 rows
 * (engine/workflow) are 264 MiB with FLUX, where T5 says 8 MiB of each, and no more than 312 MiB with SDXL at 600 tokens each.
 */
export type EncodedTexts = BoundedCache<EncodedText>;
const LIMIT_BYTES = 384 * 2 ** 20;
export const encodedTexts = (): EncodedTexts => new BoundedCache(LIMIT_BYTES);

interface EncoderRun {
  readonly model: Model;
  readonly encoder: TextEncoderRecord;
  /** The encoder, or the variant of it that takes vectors. */
  readonly component: ComponentRecord;
  /** What rows to come will ask of it. */
  coming(): Promise<readonly EncoderInputs[]>;
}

/**
 * Runs a text encoder once for each of `inputs`, and not at all for what it has said before. Where memory is so short that it
 * is about to make room for other networks, it reads what rows to come will ask, too, each by itself as it would then.
 *
 * @throws HeadroomError as `Ladder.attempt` does
 */
export async function runTextEncoder(
  { model, encoder, component, coming }: EncoderRun,
  inputs: readonly EncoderInputs[],
  stage: Stage,
  ladder: Ladder,
): Promise<readonly EncodedText[]> {
  return ladder.attempt('encode', async (plan) => {
    stage.progress('encode', 0, 'reading the prompt');
    const { residency, encoderParts: parts } = plan;
    const placed = ladder.placed('encode', stage);
    const { encodedTexts: known, dialect } = placed.environment;
    const version = versionOf(model, component, dialect, parts);
    const keys = inputs.map((one) => keyOf(component, version, one));
    const found = keys.map((key) => known.get(key));
    if (found.every((text) => text !== undefined)) return found;
    const activationBytes = ladder.activationBytes('encode', encoder.name);
    return withComponent(
      placed,
      model,
      component,
      async (lease) => {
        const encode = async (key: string, one: EncoderInputs) => {
          const { hidden_states: states, pooled } = await lease.run(one, 'encode text', 'one prompt');
          const text = { states: asFloat32(states), pooled: pooled && asFloat32(pooled) };
          known.set(key, text);
          return text;
        };
        const texts: EncodedText[] = [];
        for (const [index, one] of inputs.entries()) {
          stage.progress('encode', index / inputs.length, 'reading the prompt');
          texts.push(found[index] ?? (await encode(keys[index] as string, one)));
        }
        for (const one of makesRoom(plan) ? await coming() : []) {
          const key = keyOf(component, version, one);
          if (known.get(key)) continue;
          stage.progress('encode', 1, 'reading prompts of the rows to come');
          await breathe(stage);
          await encode(key, one);
        }
        return texts;
      },
      { residency, parts, activationBytes },
    );
  });
}

/** Whether a text encoder, as a whole and on the stage's device, has said all of it before. */
export function isEncoded(
  { model, component }: Pick<EncoderRun, 'model' | 'component'>,
  inputs: readonly EncoderInputs[],
  { environment: { dialect, encodedTexts } }: Stage,
): boolean {
  const version = versionOf(model, component, dialect, 1);
  return inputs.every((one) => encodedTexts.get(keyOf(component, version, one)) !== undefined);
}

function versionOf(model: Model, component: ComponentRecord, dialect: Dialect, parts: number): string {
  return [loadedVersion(model, component, componentDialect(model, component, dialect)), parts].join(' ');
}

/** Whether text encoders are not sure to stay in memory until the next picture. */
function makesRoom({ residency, denoiserParts }: MemoryPlan): boolean {
  return residency !== 'resident' || denoiserParts > 1;
}

function keyOf({ name }: ComponentRecord, version: string, inputs: EncoderInputs): string {
  const hash = createHash('sha256').update(JSON.stringify([name, version]));
  for (const [input, { dims, data }] of Object.entries(inputs)) {
    hash.update(JSON.stringify([input, dims])).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
