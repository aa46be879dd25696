import { z } from 'zod';
import { HeadroomError } from '../contract/errors.ts';

const zRange = z.number().positive().max(1e6);

/** A setting whose other values change the picture in ways that are not supported. */
const zOnly = <T extends string | boolean>(value: T) => z.literal(value, `only ${JSON.stringify(value)} is supported`);

/**
 * The settings of diffusers' `scheduler_config.json` that Headroom's schedulers use, by diffusers' names. Every one is
 * optional: each scheduler has the defaults of its diffusers class. What would change the picture but is not supported
 * is refused; settings that nothing here knows are ignored, as diffusers does.
 */
const zSchedulerConfig = z
  .object({
    _class_name: z.string(),
    num_train_timesteps: z.int().min(1).max(100_000),
    beta_start: z.number().gt(0).lt(1),
    beta_end: z.number().gt(0).lt(1),
    beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2']),
    trained_betas: z.array(z.number().gt(0).lt(1)).min(1),
    rescale_betas_zero_snr: z.boolean(),
    prediction_type: z.enum(['epsilon', 'v_prediction', 'sample']),
    timestep_spacing: z.enum(['linspace', 'leading', 'trailing']),
    steps_offset: z.int().min(0).max(1000),
    set_alpha_to_one: z.boolean(),
    clip_sample: z.boolean(),
    clip_sample_range: zRange,
    use_karras_sigmas: z.boolean(),
    use_exponential_sigmas: z.boolean(),
    use_beta_sigmas: z.boolean(),
    sigma_min: z.number().positive(),
    sigma_max: z.number().positive(),
    final_sigmas_type: z.enum(['zero', 'sigma_min']),
    solver_order: z.int().min(1).max(3),
    solver_type: z.enum(['midpoint', 'heun', 'bh1', 'bh2', 'logrho']),
    algorithm_type: z.enum(['dpmsolver++', 'sde-dpmsolver++', 'dpmsolver', 'sde-dpmsolver', 'deis']),
    lower_order_final: z.boolean(),
    euler_at_final: z.boolean(),
    lambda_min_clipped: z.union([z.number(), z.literal(-Infinity)]),
    disable_corrector: z.array(z.int()),
    original_inference_steps: z.int().min(1),
    timestep_scaling: zRange,
    variance_type: z.enum(['fixed_small', 'fixed_small_log', 'fixed_large']),
    shift: zRange,
    use_dynamic_shifting: z.boolean(),
    base_shift: z.number(),
    max_shift: z.number(),
    base_image_seq_len: z.int().min(1),
    max_image_seq_len: z.int().min(1),
    time_shift_type: z.enum(['exponential', 'linear']),
    thresholding: zOnly(false),
    interpolation_type: zOnly('linear'),
    timestep_type: zOnly('discrete'),
    use_lu_lambdas: zOnly(false),
    use_flow_sigmas: zOnly(false),
    predict_x0: zOnly(true),
    invert_sigmas: zOnly(false),
    stochastic_sampling: zOnly(false),
    shift_terminal: z.never('only null is supported'),
  })
  .partial()
  .refine(
    (config) =>
      [config.use_karras_sigmas, config.use_exponential_sigmas, config.use_beta_sigmas].filter(Boolean).length <= 1,
    { path: ['use_karras_sigmas'], error: 'only one of the karras, exponential and beta sigmas can be used' },
  );

export type SchedulerConfig = z.infer<typeof zSchedulerConfig>;

/**
 * Parses the text of a `scheduler_config.json`, with the infinities that Python writes into JSON.
 * @param source the file's path, to be named in errors
 * @throws HeadroomError `model`, naming the file, the field and what is wrong with it
 */
export function parseSchedulerConfig(text: string, source: string): SchedulerConfig {
  const fail = (reason: string, cause?: unknown) =>
    new HeadroomError('model', `${source} is not a usable scheduler configuration: ${reason}.`, { cause });
  let json: unknown;
  try {
    json = JSON.parse(text.replaceAll(/(?<=:\s*-?)Infinity/g, '1e999'));
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw fail('it is not a table of settings');
  // A null is how diffusers writes "not set".
  const set = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
  const parsed = zSchedulerConfig.safeParse(set);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw fail(`${issue?.path.join('.')}: ${issue?.message}`, parsed.error);
}

type Complete = Required<SchedulerConfig>;
export type Settings<K extends keyof SchedulerConfig> = SchedulerConfig & Pick<Complete, K>;

/** The configuration, with a scheduler's defaults for what it leaves out. */
export function withDefaults<K extends keyof SchedulerConfig>(
  config: SchedulerConfig,
  defaults: Pick<Complete, K>,
): Settings<K> {
  return { ...defaults, ...config };
}

/** The defaults that diffusers' schedulers share. */
export const TRAINING_DEFAULTS = {
  num_train_timesteps: 1000,
  beta_start: 0.0001,
  beta_end: 0.02,
  beta_schedule: 'linear',
  rescale_betas_zero_snr: false,
  prediction_type: 'epsilon',
  steps_offset: 0,
} as const;

/**
 * @throws HeadroomError `input` unless `steps` is a whole number from 1 to the number of timesteps of the training
 */
export function checkSteps(steps: number, limit: number): void {
  if (Number.isInteger(steps) && steps >= 1 && steps <= limit) return;
  throw new HeadroomError('input', `The number of steps is ${steps}; this scheduler takes 1 to ${limit}.`, {
    place: { field: 'steps' },
  });
}
