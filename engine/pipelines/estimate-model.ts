import type { ModelEstimate } from '../contract/estimate.ts';
import type { Model } from '../families/model.ts';
import { NO_WISHES } from './memory-wishes.ts';
import type { NeedsContext } from './needs.ts';
import { estimateTextToImage } from './text-to-image.ts';

/**
 * What drawing one picture with a model will need of the device's memory, as its makers recommend it; nothing is loaded.
 *
 * @throws HeadroomError `model` or `file`
 */
export async function estimateModel(
  model: Model,
  context: NeedsContext & { budgetBytes: number | null },
): Promise<ModelEstimate> {
  const { width, height, guidanceScale } = model.defaults;
  const request = { model, width, height, guidanceScale, count: 1, memory: NO_WISHES };
  // Without a budget, which is for whoever reads it to compare with: it changes all the time.
  const { undegradedBytes, leastBytes } = await estimateTextToImage(request, { ...context, budgetBytes: null });
  return { width, height, undegradedBytes, leastBytes, budgetBytes: context.budgetBytes };
}
