import type { ClearCacheResult } from '../contract/memory.ts';
import type { ModelKind } from '../contract/models.ts';
import type { Model } from '../families/model.ts';
import type { Upscaler } from '../families/upscaler.ts';
import type { Mask } from '../images/mask.ts';
import type { Picture } from '../images/picture.ts';
import type { EncodedPrompt, LatentPicture } from '../pipelines/latent-pictures.ts';
import type { NeedsContext } from '../pipelines/needs.ts';
import type { Stage } from '../pipelines/stage.ts';

/** What a value on an edge is to the nodes at its ends, by port type. */
export interface PortValues {
  model: Model;
  image: readonly Picture[];
  mask: Mask;
  latents: readonly LatentPicture[];
  conditioning: EncodedPrompt;
  text: string;
  integer: number;
  float: number;
  boolean: boolean;
  any: unknown;
}

/** What a node may do to the world while it runs: what a stage may, find models, and put pictures out. */
export interface NodeContext extends Stage {
  /**
   * A model of the library by its id.
   *
   * @param parts ids of parts that it takes from elsewhere, by the folder that diffusers keeps such a part in
   * @throws HeadroomError `input` if there is none, `model` if it is not usable
   */
  model(id: string, parts?: Readonly<Record<string, string>>): Promise<Model>;
  /**
   * Where something of the library is that is used with a model, by its id.
   *
   * @param field the input that names it, for errors
   * @throws HeadroomError `input` if there is none
   */
  locate(id: string, kind: ModelKind, field: string): Promise<string>;
  /** An upscaler of the library by its id. @throws HeadroomError as `model` does */
  upscaler(id: string): Promise<Upscaler>;
  /** Where pictures go: each is written whole, told as an `image` event, and carries the workflow. */
  readonly pictures: PictureOutput;
  /** Frees idle components and the results of earlier runs. */
  clearCache(): Promise<ClearCacheResult>;
}

/** What nodes may look up without running: what is in the person's folders. */
export type LibraryContext = Pick<NodeContext, 'model' | 'upscaler' | 'locate'>;

/** What an estimate may look at: models by id, the device, and what of its memory may be used. */
export interface EstimateContext extends LibraryContext, NeedsContext {
  /** null where nothing is known to limit it. */
  readonly budgetBytes: number | null;
}

export interface PictureOutput {
  /** Saves for good as `stem-0001-….png`, counting on. @param stem a file name without its extension */
  save(picture: Picture, stem: string): Promise<void>;
  /** Writes where Headroom may clean up. */
  preview(picture: Picture): Promise<void>;
}
