import { FolderSearch, Gauge } from 'lucide-react';
import { MODEL_KIND_TITLES, type ModelSummary } from '../../../engine/contract/models.ts';
import { showInFolder } from '../../api/queue-actions.ts';
import { ModelNeeds } from '../../estimates/ModelNeeds.tsx';
import { formatBytes, sentence } from '../../format.ts';
import { recommendedSettings } from '../../recommended/recommended-settings.ts';
import { showRecommended } from '../../stores/ui.ts';
import { Badge } from '../../ui/Badge.tsx';
import { IconButton } from '../../ui/IconButton.tsx';

export function ModelRow({ model }: { model: ModelSummary }) {
  const facts = [whatItIs(model), precisionTitle(model.precision), formatBytes(model.bytes)];
  return (
    <li aria-label={model.title} className="group border-b border-line px-3 py-2">
      <div className="flex h-6 items-center gap-2">
        <span className="min-w-0 truncate font-medium" title={model.path}>
          {model.title}
        </span>
        {!model.usable && <Badge tone="warning">{model.needs.length > 0 ? 'Needs parts' : 'Not usable'}</Badge>}
        <span className="ml-auto flex opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100">
          {recommendedSettings.models.some(({ family }) => family === model.family) && (
            <IconButton
              size="sm"
              label={`Recommended settings for ${model.title}`}
              hint="Recommended settings"
              onClick={() => showRecommended(model.family)}
            >
              <Gauge />
            </IconButton>
          )}
          <IconButton
            size="sm"
            label={`Show ${model.title} in its folder`}
            hint="Show in folder"
            onClick={() => void showInFolder(model.path)}
          >
            <FolderSearch />
          </IconButton>
        </span>
      </div>
      <p className="truncate text-xs text-soft numeric">{facts.filter(Boolean).join(' · ')}</p>
      <ModelNeeds model={model} />
      {model.problem && <p className="mt-1 text-xs wrap-anywhere text-warning selectable">{problemWords(model)}</p>}
    </li>
  );
}

/** Null where nothing is known but why it cannot be used. */
function whatItIs({ familyTitle, kind }: ModelSummary): string | null {
  return familyTitle ?? (kind === 'model' ? null : sentence(MODEL_KIND_TITLES[kind]));
}

/** The engine names the file by its whole path; here it is the row's own. */
function problemWords({ path, problem }: ModelSummary): string | null {
  return problem?.startsWith(`${path} `) ? `It${problem.slice(path.length)}` : problem;
}

const precisions: Record<string, string> = { float8: 'fp8', float16: 'fp16', bfloat16: 'bf16', float32: 'fp32' };

function precisionTitle(precision: string | null): string | null {
  return precision === null ? null : (precisions[precision] ?? precision);
}
