import { Boxes, FolderPlus, RefreshCw } from 'lucide-react';
import { Fragment, useEffect } from 'react';
import { refreshModels } from '../../api/connect-stores.ts';
import { estimateModels } from '../../api/model-estimates.ts';
import { formatCount } from '../../format.ts';
import { useModels } from '../../stores/models.ts';
import { setSettingsOpen } from '../../stores/ui.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { ModelRow } from './ModelRow.tsx';
import { modelGroups } from './model-groups.ts';

/** What the models folders hold, by what it is: in each group the usable first, then the others with what is wrong. */
export function ModelsPanel() {
  const library = useModels((state) => state.library);
  useEffect(estimateModels, []);
  switch (library.state) {
    case 'loading':
      return <EmptyState icon={<Boxes />} title="Looking for models" />;
    case 'failed':
      return (
        <EmptyState
          icon={<Boxes />}
          title="The models could not be listed"
          action={<Button onClick={refreshModels}>Try again</Button>}
        >
          {library.message}
        </EmptyState>
      );
    case 'ready':
      break;
  }
  const { models } = library;
  if (models.length === 0) {
    return (
      <EmptyState
        icon={<Boxes />}
        title="No models found"
        action={<Button onClick={() => setSettingsOpen(true)}>Add a models folder</Button>}
      >
        Headroom reads .safetensors checkpoints and models in the layout of diffusers: a folder with model_index.json.
        Folders of other tools can be added as they are.
      </EmptyState>
    );
  }
  const groups = modelGroups(models);
  const drawing = groups.find(({ title }) => title === 'Models')?.models ?? [];
  const usable = drawing.filter((model) => model.usable);
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-9 shrink-0 items-center gap-1 border-b border-line pr-2 pl-3">
        <span className="flex-1 text-xs text-soft numeric">
          {formatCount(drawing.length, 'model')}
          {usable.length < drawing.length && `, ${usable.length} usable`}
        </span>
        <IconButton size="sm" label="Look for models again" onClick={refreshModels}>
          <RefreshCw />
        </IconButton>
        <IconButton size="sm" label="Choose models folders" onClick={() => setSettingsOpen(true)}>
          <FolderPlus />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {groups.map((group) => (
          <Fragment key={group.title}>
            {groups.length > 1 && (
              <h3 className="sticky top-0 border-b border-line bg-surface px-3 py-1 text-2xs font-medium text-faint uppercase">
                {group.title}
              </h3>
            )}
            <ul aria-label={group.title}>
              {group.models.map((model) => (
                <ModelRow key={model.id} model={model} />
              ))}
            </ul>
          </Fragment>
        ))}
      </div>
    </div>
  );
}
