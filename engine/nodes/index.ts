import { applyControlNet } from './apply-controlnet.ts';
import { clearCache } from './clear-cache.ts';
import { decode } from './decode.ts';
import type { NodeDefinition } from './define.ts';
import { emptyLatent } from './empty-latent.ts';
import { encodeImage } from './encode-image.ts';
import { encodePrompt } from './encode-prompt.ts';
import { imageGenerate } from './image-generate.ts';
import { imageToImage } from './image-to-image.ts';
import { inpaint } from './inpaint.ts';
import { loadImage } from './load-image.ts';
import { loadLora } from './load-lora.ts';
import { loadModel } from './load-model.ts';
import { previewImage } from './preview-image.ts';
import { sample } from './sample.ts';
import { saveImage } from './save-image.ts';
import { table } from './table.ts';
import { text } from './text.ts';
import { upscale } from './upscale.ts';

/** Every node type there is, in the order in which to offer them. */
export const nodeDefinitions: readonly NodeDefinition[] = [
  loadModel,
  loadLora,
  applyControlNet,
  imageGenerate,
  imageToImage,
  inpaint,
  text,
  table,
  loadImage,
  upscale,
  encodePrompt,
  emptyLatent,
  encodeImage,
  sample,
  decode,
  previewImage,
  saveImage,
  clearCache,
];
