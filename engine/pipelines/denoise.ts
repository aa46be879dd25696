import { HeadroomError } from '../contract/errors.ts';
import type { Conditioning } from '../families/family.ts';
import { denoiserOf, type Model } from '../families/model.ts';
import type { ComponentLease } from '../memory/component.ts';
import type { MemoryPlan } from '../memory/plan.ts';
import type { SchedulerId } from '../schedulers/index.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { asFloat32 } from './as-float32.ts';
import { type Guides, withGuides } from './control.ts';
import { guide } from './guidance.ts';
import type { ImageStart } from './image-start.ts';
import type { Ladder } from './ladder.ts';
import { stack, unstack } from './latents.ts';
import { denoiserDialect } from './needs.ts';
import { previewLatents } from './preview.ts';
import { type LatentDims, Sampling } from './sampling.ts';
import { breathe, type Stage } from './stage.ts';
import { withComponent } from './with-component.ts';

export interface DenoiseRequest {
  readonly model: Model;
  /** `negative` only where classifier-free guidance is used. */
  readonly positive: Conditioning;
  readonly negative: Conditioning | undefined;
  readonly guidanceScale: number;
  readonly scheduler: SchedulerId;
  readonly steps: number;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** One picture each, drawn in step with each other. */
  readonly seeds: readonly number[];
  /** What all of them are drawn over; nothing for pictures out of noise alone. */
  readonly start?: ImageStart | undefined;
}

/** Between two previews; the eye does not need more, and the network's time is worth more. */
const PREVIEW_INTERVAL_MS = 250;

/**
 * From noise to latents: float32 [pictures, channels, height, width]. All pictures take their steps in turn, as many
 * together as the plan allows at that moment; where memory runs out, only the call that failed is made again.
 *
 * @param onStep for tests: the latents of all pictures after each step
 * @throws HeadroomError `cancelled` between steps, `memory`, and whatever the network throws
 */
export async function denoise(
  request: DenoiseRequest,
  stage: Stage,
  ladder: Ladder,
  onStep?: (latents: Float32Array) => void,
): Promise<Tensor<'float32'>> {
  checkSize(request);
  checkStart(request);
  const { model, scheduler, steps, seeds, start } = request;
  const dims = latentDims(request);
  const pictures = seeds.map((seed) => new Sampling(model, scheduler, steps, seed, dims, start));
  const showPreview = limitedPreview(model, pictures, stage);

  const run = async (plan: MemoryPlan, lease: ComponentLease, guides: Guides) => {
    for (let group = nextGroup(pictures, plan); group.length > 0; group = nextGroup(pictures, plan)) {
      await step(group, pictures, request, plan, { lease, guides }, stage);
      if (!pictures.every(({ index }) => index === pictures[0]?.index)) continue;
      onStep?.(stack(pictures.map(({ latents }) => latents)).data);
      showPreview();
    }
  };
  await ladder.attempt('denoise', (plan) => {
    const placed = ladder.placed('denoise', stage);
    const dialect = denoiserDialect(placed.environment.dialect, plan);
    const options = { dialect, residency: plan.residency, parts: plan.denoiserParts };
    const { width, height } = request;
    const activationBytes = (component: string) => ladder.activationBytes('denoise', component);
    return withGuides(placed, model, { ...options, size: { width, height }, activationBytes }, (guides) =>
      withComponent(placed, model, denoiserOf(model), (lease) => run(plan, lease, guides), {
        ...options,
        activationBytes: ladder.activationBytes('denoise'),
      }),
    );
  });
  return stack(pictures.map(({ latents }) => latents));
}

/** Those of the pictures that are the furthest behind, as many as are drawn together; none when all are done. */
function nextGroup(pictures: readonly Sampling[], { imagesTogether }: MemoryPlan): readonly Sampling[] {
  const index = Math.min(...pictures.map((picture) => picture.index));
  const behind = pictures.filter((picture) => picture.index === index && index < picture.length);
  return behind.slice(0, imagesTogether);
}

async function step(
  group: readonly Sampling[],
  pictures: readonly Sampling[],
  { model, positive, negative, guidanceScale, width, height }: DenoiseRequest,
  plan: MemoryPlan,
  { lease, guides }: { readonly lease: ComponentLease; readonly guides: Guides },
  stage: Stage,
): Promise<void> {
  const [first] = group as [Sampling];
  const done = pictures.reduce((sum, { index }) => sum + index, 0);
  const which =
    group.length === pictures.length ? '' : `, picture ${pictures.indexOf(first) + 1} of ${pictures.length}`;
  stage.progress('denoise', done / (pictures.length * first.length), `${first.step}${which}`);
  await breathe(stage);
  const sample = stack(group.map((picture) => picture.input()));
  const predict = async (conditions: readonly Conditioning[]) => {
    const batch = stack(conditions.map(() => sample));
    const conditioning = stackConditions(conditions.flatMap((condition) => group.map(() => condition)));
    const call = { sample: batch, conditioning, timestep: first.timestep, guidanceScale, width, height };
    const kind = `${conditions.length * group.length} × ${sample.dims.slice(1).join(' × ')}`;
    const what = `denoise ${first.step}${which}`;
    const inputs = await guides.extend(model.denoiserCalls.inputs(call), first, what, kind);
    const { prediction } = await lease.run(inputs, what, kind);
    const dims = [batch.dims[0] as number, ...latentDims({ model, width, height }).slice(1)];
    return model.denoiserCalls.prediction(asFloat32(prediction), dims).data;
  };
  let prediction: Float32Array;
  if (!negative) prediction = await predict([positive]);
  else if (plan.guidanceTogether && sameLength(positive, negative))
    prediction = guide(await predict([negative, positive]), guidanceScale);
  else prediction = guide(joined(await predict([negative]), await predict([positive])), guidanceScale);

  const dims = [group.length, ...latentDims({ model, width, height }).slice(1)];
  const predictions = unstack(tensor('float32', dims, prediction));
  for (const [index, picture] of group.entries())
    picture.advance((predictions[index] as Tensor<'float32'>).data, model.title);
}

/** Prompts that were read one by one may have different numbers of chunks. */
function sameLength(one: Conditioning, other: Conditioning): boolean {
  return one.states.dims[1] === other.states.dims[1];
}

export function stackConditions(conditions: readonly Conditioning[]): Conditioning {
  const pooled = conditions.flatMap((condition) => condition.pooled ?? []);
  return {
    states: stack(conditions.map(({ states }) => states)),
    pooled: pooled.length > 0 ? stack(pooled) : undefined,
  };
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** @throws HeadroomError `input` for sides that the latents cannot have */
export function checkSize({ model, width, height }: Pick<DenoiseRequest, 'model' | 'width' | 'height'>): void {
  const { multiple } = model.latents;
  for (const [field, pixels] of Object.entries({ width, height })) {
    if (pixels % multiple === 0) continue;
    const nearest = Math.max(1, Math.round(pixels / multiple)) * multiple;
    throw new HeadroomError(
      'input',
      `${field} must be a multiple of ${multiple} for ${model.title}, got ${pixels}; ${nearest} is the nearest.`,
      { place: { field } },
    );
  }
}

function latentDims({ model, width, height }: Pick<DenoiseRequest, 'model' | 'width' | 'height'>): LatentDims {
  const { channels, downscale } = model.latents;
  return [1, channels, height / downscale, width / downscale];
}

/** @throws HeadroomError `input` for a denoiser that has to be shown a picture and its mask, and is not */
function checkStart({ model, start }: DenoiseRequest): void {
  if (!model.denoiserCalls.fillsMasks || start?.repaint?.masked) return;
  throw new HeadroomError(
    'input',
    `${model.title} fills masked parts of pictures and draws nothing else: use Inpaint.`,
    {
      place: { field: 'model' },
    },
  );
}

function limitedPreview(model: Model, pictures: readonly Sampling[], stage: Stage): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < PREVIEW_INTERVAL_MS) return;
    last = now;
    stage.preview(
      previewLatents(
        pictures.map(({ guess }) => guess),
        model.preview,
      ),
    );
  };
}
