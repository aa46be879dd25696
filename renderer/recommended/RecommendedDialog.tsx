import { useState } from 'react';
import { formatBytes, formatName } from '../format.ts';
import { useEstimate } from '../stores/estimate.ts';
import { showRecommended, useUi } from '../stores/ui.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Select } from '../ui/Select.tsx';
import { RecommendedTable } from './RecommendedTable.tsx';
import { type RecommendedModel, recommendedSettings } from './recommended-settings.ts';

/** What fits into how much memory, for each family of models, and for what its weights are stored in. */
export function RecommendedDialog() {
  const family = useUi((state) => state.recommendedFamily);
  return (
    <Dialog
      open={family !== null}
      onOpenChange={(open) => !open && showRecommended(null)}
      title="Recommended settings"
      size="wide"
    >
      {/* Opened for another family, it begins anew. */}
      <Recommended key={family} family={family} />
    </Dialog>
  );
}

function Recommended({ family }: { family: string | null }) {
  const { models } = recommendedSettings;
  const [chosen, choose] = useState(models.find((candidate) => candidate.family === family)?.title);
  const budgetBytes = useEstimate((state) => state.estimate?.budgetBytes ?? null);
  const model = models.find((candidate) => candidate.title === chosen) ?? models[0];
  if (!model) return null;
  return (
    <div className="space-y-3">
      <div className="flex items-center gap-3">
        <div className="w-56">
          <Select
            aria-label="Model family"
            value={model.title}
            options={models.map(({ title }) => ({ value: title, title }))}
            onChange={choose}
          />
        </div>
        <p className="min-w-0 flex-1 text-xs text-soft">{weightWords(model)}</p>
      </div>
      <RecommendedTable model={model} budgetBytes={budgetBytes} />
      <p className="text-xs text-soft">
        Estimates of the planner for a CUDA card in float16, not measurements. A budget is what weights and runs may
        take together: a card's memory less what other programs and CUDA itself take.
        {budgetBytes !== null && ` ${formatBytes(budgetBytes)} can be used here now; its rows are marked.`} Nothing of
        this has to be set: a run starts with the least savings that are expected to fit.
      </p>
    </div>
  );
}

function weightWords({ weights }: RecommendedModel): string {
  return `Weights: ${weights.map(({ component, bytes }) => `${formatName(component)} ${formatBytes(bytes)}`).join(', ')}.`;
}
