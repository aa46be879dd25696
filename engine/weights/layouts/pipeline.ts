import type { StoredTensor } from '../stored-tensor.ts';
import { readValues } from '../tensor-values.ts';
import type { InferredConfig } from './network-shapes.ts';

/** What a model is beside its networks. No tensor says most of it; all published models of a kind agree on it. */
export interface PipelineFacts {
  /** The `_class_name` that a diffusers folder of the same model names in its `model_index.json`. */
  readonly pipelineClass: string;
  /** What its `scheduler_config.json` says. */
  readonly schedulerConfig: InferredConfig;
  /** Further fields of the denoiser's and the VAE's `config.json`. */
  readonly denoiser: InferredConfig;
  readonly vae: InferredConfig;
}

const FIRST_SCALING = { scaling_factor: 0.18215 };
const FLUX_SCALING = { scaling_factor: 0.3611, shift_factor: 0.1159 };

/** How the latents of a VAE are scaled that comes without a denoiser: as those of the first models of its kind. */
export function lonelyVaeScaling(vae: InferredConfig): InferredConfig {
  return vae.latent_channels === 16 ? FLUX_SCALING : FIRST_SCALING;
}

/**
 * @param denoiser its config so far
 * @param tensors the denoiser's
 * @param names all of the file: some tools mark how a model was trained by tensors that belong to no network
 * @throws HeadroomError `file` if the tensor that tells the kind of prediction cannot be read
 */
export function pipelineFacts(
  denoiser: InferredConfig,
  tensors: readonly StoredTensor[],
  names: ReadonlySet<string>,
): PipelineFacts {
  return denoiser._class_name === 'FluxTransformer2DModel'
    ? fluxFacts(denoiser)
    : stableDiffusionFacts(denoiser, tensors, names);
}

function fluxFacts({ in_channels: channels, out_channels, guidance_embeds: guided }: InferredConfig): PipelineFacts {
  // Denoisers that take more than latents are made for other pipelines.
  const name = out_channels === null ? 'FluxPipeline' : channels === 384 ? 'FluxFillPipeline' : 'FluxControlPipeline';
  return {
    pipelineClass: name,
    schedulerConfig: {
      _class_name: 'FlowMatchEulerDiscreteScheduler',
      num_train_timesteps: 1000,
      shift: guided ? 3 : 1,
      use_dynamic_shifting: guided,
      base_shift: 0.5,
      max_shift: 1.15,
      base_image_seq_len: 256,
      max_image_seq_len: 4096,
    },
    denoiser: {},
    vae: FLUX_SCALING,
  };
}

function stableDiffusionFacts(
  denoiser: InferredConfig,
  tensors: readonly StoredTensor[],
  names: ReadonlySet<string>,
): PipelineFacts {
  const context = denoiser.cross_attention_dim as number;
  const isXl = context > 1024;
  const isSecond = context === 1024;
  const predictsVelocity = names.has('v_pred') || (isSecond && wasTrainedOnVelocity(denoiser, tensors));
  return {
    pipelineClass: stableDiffusionPipeline(context, denoiser.in_channels),
    schedulerConfig: {
      _class_name: isXl ? 'EulerDiscreteScheduler' : isSecond ? 'DDIMScheduler' : 'PNDMScheduler',
      num_train_timesteps: 1000,
      beta_start: 0.00085,
      beta_end: 0.012,
      beta_schedule: 'scaled_linear',
      prediction_type: predictsVelocity ? 'v_prediction' : 'epsilon',
      steps_offset: 1,
      clip_sample: false,
      set_alpha_to_one: false,
      skip_prk_steps: true,
      ...(isXl ? { timestep_spacing: 'leading' } : {}),
      ...(names.has('ztsnr') ? { rescale_betas_zero_snr: true, timestep_spacing: 'trailing' } : {}),
    },
    denoiser: { sample_size: isXl ? 128 : predictsVelocity ? 96 : 64 },
    vae: isXl ? { scaling_factor: 0.13025 } : FIRST_SCALING,
  };
}

function stableDiffusionPipeline(context: number, channels: unknown): string {
  // The refiner has only the second of SDXL's text encoders.
  if (context === 1280) return 'StableDiffusionXLImg2ImgPipeline';
  const name = context === 2048 ? 'StableDiffusionXL' : 'StableDiffusion';
  switch (channels) {
    case 4:
      return `${name}Pipeline`;
    case 9:
      return `${name}InpaintPipeline`;
    case 8:
      return `${name}InstructPix2PixPipeline`;
    default:
      return `${name}UpscalePipeline`;
  }
}

/**
 * Whether a UNet of Stable Diffusion 2 predicts velocities: shapes do not tell, but where it does, the last norm's biases
 * spread more (ComfyUI: supported_models.py, SD20.model_type). Those for inpainting never do.
 */
function wasTrainedOnVelocity(denoiser: InferredConfig, tensors: readonly StoredTensor[]): boolean {
  const suffix = '.transformer_blocks.0.norm1.bias';
  const last = tensors
    .filter(({ name }) => name.startsWith('up_blocks.') && name.endsWith(suffix))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    .at(-1);
  if (denoiser.in_channels !== 4 || !last) return false;
  const values = readValues(last);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return Math.sqrt(variance) > 0.09;
}
