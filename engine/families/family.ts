import type { Dialect } from '../layers/dialect.ts';
import type { Residual } from '../models/unet/residuals.ts';
import type { TileStep } from '../models/vae/tile-steps.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import type { SchedulerConfig } from '../schedulers/config.ts';
import type { FlowOptions } from '../schedulers/flow-match-euler.ts';
import type { SchedulerId } from '../schedulers/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { WeightView } from '../weights/weight-view.ts';

/** One network of a family: where a diffusers folder keeps it, and the graph that it becomes. */
export interface ComponentRecord {
  /** As the ledger and errors call it; unique in the family. */
  readonly name: string;
  /** The folder inside the model's that holds its config and weights. */
  readonly folder: string;
  /** The weight file's name without the precision and the extension, as diffusers and transformers write it. */
  readonly weightsName: string;
  /** What its graph has that the network's usual one has not. */
  readonly variant?: string;
  /**
   * @param config the parsed `config.json`
   * @param source the path of that file, for errors
   * @throws HeadroomError `model` if the config is not supported or the weights are not those of the config
   */
  build(config: unknown, source: string, weights: WeightView, dialect: Dialect): OnnxModel;
  /** What it is computed in, where that is not the device's own dialect. @param source the path of the config, for errors */
  dialect?(config: unknown, source: string, device: Dialect): Dialect;
}

/** What one text encoder says of one prompt, or of several stacked along the first dimension. */
export interface EncodedText {
  /** [prompts, tokens, width] */
  readonly states: Tensor<'float32'>;
  /** The prompt as a whole: [prompts, width]. */
  readonly pooled?: Tensor<'float32'> | undefined;
}

/** A prompt as the denoiser takes it: what the text encoders say of it, joined as the family does. */
export type Conditioning = EncodedText;

/**
 * A network that reads prompts. Its graph's input is `input_ids`, its outputs are `hidden_states` and, where the family
 * wants it, `pooled`.
 */
export interface TextEncoderRecord extends ComponentRecord {
  readonly tokenizer: {
    /** The folder inside the model's that holds its files. */
    readonly folder: string;
    readonly kind: 'clip' | 't5';
  };
  /** How many tokens one prompt has for it, padding included. */
  readonly tokens: number;
  /** The same network for prompts with vectors in place of some tokens; left out where it takes none. */
  readonly withVectors?: {
    /** Its graph has the inputs `kept` and `vectors`, see `ClipTextOptions`. */
    readonly component: ComponentRecord;
    /** How many numbers such a vector has. @param source the path of the config, for errors */
    width(config: unknown, source: string): number;
  };
}

/** One call of a denoiser, for one or several pictures. */
export interface DenoiserCall {
  /** [batch, channels, height, width]; with more channels where the denoiser is shown more */
  readonly sample: Tensor<'float32'>;
  /** Stacked: a prompt for each entry of the batch. */
  readonly conditioning: Conditioning;
  readonly timestep: number;
  readonly guidanceScale: number;
  /** The pictures' size in pixels. */
  readonly width: number;
  readonly height: number;
}

/** How a denoiser is asked. */
export interface DenoiserCalls {
  /**
   * What the guidance scale is to it. `classifier-free`: it is asked with the negative prompt, too; `embedded`: one of its
   * inputs; `none`: nothing.
   */
  readonly guidance: 'classifier-free' | 'embedded' | 'none';
  /**
   * Whether it is made to fill masked parts of pictures: it is shown the mask (one channel) and the latents of the picture
   * without that part behind those of the sample.
   */
  readonly fillsMasks?: boolean;
  /** The inputs of its graph. */
  inputs(call: DenoiserCall): Record<string, Tensor>;
  /** Its graph's output `prediction` as the scheduler takes it. @param dims [batch, channels, height, width] */
  prediction(output: Tensor<'float32'>, dims: readonly number[]): Tensor<'float32'>;
  /** The free dimensions of its graph, for estimates. @param size in latents */
  dimensions(size: { batch: number; height: number; width: number; tokens: number }): Record<string, number>;
}

export interface DenoiserRecord extends ComponentRecord {
  /** The same network guided by ControlNets; left out where there are none for it. */
  readonly controlled?: {
    /** Its graph has an input for each of `residuals`. */
    readonly component: ComponentRecord;
    /** What a ControlNet must have in common with it, in words. @param source the path of the config, for errors */
    shape(config: unknown, source: string): string;
    residuals(config: unknown, source: string): readonly Residual[];
    /** The sizes of the residuals' named dimensions. @param size in latents */
    dimensions(config: unknown, source: string, size: { height: number; width: number }): Record<string, number>;
  };
  /** @param source the path of the config, for errors */
  calls(config: unknown, source: string): DenoiserCalls;
}

/** An encoder that can also be run in parts, for pictures that are encoded tile by tile. */
export interface EncoderRecord extends ComponentRecord {
  /** @param source the path of the config, for errors */
  tiled(config: unknown, source: string): TiledEncoder;
}

/** The parts of an encoder in order of use. Their weights together are the encoder's. */
export interface TiledEncoder {
  readonly blocks: readonly TiledBlock[];
  /** On the whole of what is then as small as the latents. */
  readonly tail: ComponentRecord;
}

/** A part of a network that works tile by tile, step after step. */
export interface TiledBlock {
  readonly component: ComponentRecord;
  readonly steps: readonly TileStep[];
}

/** A decoder that can also be run in parts, for pictures that are decoded tile by tile. */
export interface DecoderRecord extends ComponentRecord {
  /** @param source the path of the config, for errors */
  tiled(config: unknown, source: string): TiledDecoder;
}

/** The parts of a decoder in order of use. Their weights together are the decoder's. */
export interface TiledDecoder {
  /** On the whole of the latents. */
  readonly head: ComponentRecord;
  readonly blocks: readonly TiledBlock[];
}

/** How latents relate to pixels. */
export interface LatentFormat {
  readonly channels: number;
  /** Pixels for each latent, along one side. */
  readonly downscale: number;
  /** What the sides of pictures must be a multiple of, in pixels. */
  readonly multiple: number;
  /** The VAE's own latents are `latents / scale + shift`. */
  readonly scale: number;
  readonly shift: number;
}

/** Red, green, blue, -1…1. */
type Colour = readonly [number, number, number];

/**
 * A guess of a latent's colour, fitted to a VAE: a sum of one colour for each channel times its value, and `bias`. Small
 * VAEs are less linear: `products` has a colour for each pair of channels, in the order 00, 01, … 11, 12, …
 */
export interface PreviewFactors {
  readonly channels: readonly Colour[];
  readonly products?: readonly Colour[] | undefined;
  readonly bias: Colour;
}

/** What a family says where the model itself says nothing. */
export interface FamilyDefaults {
  readonly steps: number;
  readonly guidanceScale: number;
  readonly scheduler: SchedulerId;
}

/**
 * A model family: the table of contents of what draws its pictures. The networks are in `engine/models`, the stages
 * that use them in `engine/pipelines`; neither asks which family it works for.
 */
export interface Family {
  readonly id: string;
  readonly title: string;
  /** The `_class_name`s of `model_index.json` that are this family's. */
  readonly pipelineClasses: readonly string[];
  /** Whether a denoiser is this family's; where several families share a pipeline class. */
  matches?(denoiserConfig: unknown): boolean;
  /** In order of use. */
  readonly textEncoders: readonly TextEncoderRecord[];
  readonly denoiser: DenoiserRecord;
  readonly vaeDecoder: DecoderRecord;
  readonly vaeEncoder: EncoderRecord;
  /** The schedulers that can lead its denoiser. */
  readonly schedulers: readonly SchedulerId[];
  readonly defaults: FamilyDefaults;
  readonly preview: PreviewFactors;
  /** What the text encoders say of one prompt, in their order, as the denoiser takes it. */
  combine(encoded: readonly EncodedText[]): Conditioning;
  /** What stands for a negative prompt that is empty: what the text encoders say of it, or zeros unless the model objects. */
  readonly emptyNegative: 'encoded' | 'zeros';
  /** What flow matching needs to know of a run. @param size in latents */
  flow?(config: SchedulerConfig, steps: number, size: { height: number; width: number }): FlowOptions;
  /** Side of the pictures that the denoiser was trained on, in latents; from its config. */
  nativeSize(denoiserConfig: unknown): number;
  /** @param source the path of the config, for errors */
  latentFormat(vaeConfig: unknown, source: string): LatentFormat;
}
