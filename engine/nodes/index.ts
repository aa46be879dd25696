import { applyControlNet } from './apply-controlnet.ts';
import { clearCache } from './clear-cache.ts';
import type { NodeDefinition } from './define.ts';
import { imageGenerate } from './image-generate.ts';
import { loadImage } from './load-image.ts';
import { loadLora } from './load-lora.ts';
import { loadModel } from './load-model.ts';
import { previewImage } from './preview-image.ts';
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
  text,
  table,
  loadImage,
  upscale,
  previewImage,
  saveImage,
  clearCache,
];
