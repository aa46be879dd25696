import { fitOf } from '../../engine/contract/estimate.ts';
import type { ModelSummary } from '../../engine/contract/models.ts';
import { useEstimate } from '../stores/estimate.ts';
import { useModelEstimate } from '../stores/models.ts';
import { Tooltip } from '../ui/Tooltip.tsx';
import { FIT_COLOURS, modelFitWords, modelNeeds } from './estimate-words.ts';

/** What a picture with a model is expected to need, coloured by whether that fits; nothing while it is not known. */
export function ModelNeeds({ model }: { model: ModelSummary }) {
  const asked = useModelEstimate(model);
  // The document's estimate is made anew whenever the free memory has changed.
  const latest = useEstimate((state) => state.estimate);
  if (!asked) return null;
  const estimate = { ...asked, budgetBytes: latest ? latest.budgetBytes : asked.budgetBytes };
  const { leastBytes, undegradedBytes, budgetBytes } = estimate;
  const words = modelFitWords(estimate);
  return (
    <Tooltip content={words}>
      <p
        className={`w-fit max-w-full truncate text-xs numeric ${FIT_COLOURS[fitOf({ peakBytes: leastBytes, undegradedBytes }, budgetBytes)]}`}
      >
        {modelNeeds(estimate)}
        <span className="sr-only">{`. ${words}`}</span>
      </p>
    </Tooltip>
  );
}
