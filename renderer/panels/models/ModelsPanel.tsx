import { Boxes, FolderPlus, RefreshCw } from 'lucide-react';
import { refreshModels } from '../../api/connect-stores.ts';
import { formatCount } from '../../format.ts';
import { useModels } from '../../stores/models.ts';
import { setSettingsOpen } from '../../stores/ui.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { ModelRow } from './ModelRow.tsx';

/** What the models folders hold: the usable first, then the others, each with what is wrong and what to do. */
export function ModelsPanel() {
  const library = useModels((state) => state.library);
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
        Headroom reads models in the layout of diffusers: a folder with model_index.json.
      </EmptyState>
    );
  }
  const usable = models.filter((model) => model.usable);
  const ordered = [...usable, ...models.filter((model) => !model.usable)];
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-9 shrink-0 items-center gap-1 border-b border-line pr-2 pl-3">
        <span className="flex-1 text-xs text-soft numeric">
          {formatCount(models.length, 'model')}
          {usable.length < models.length && `, ${usable.length} usable`}
        </span>
        <IconButton size="sm" label="Look for models again" onClick={refreshModels}>
          <RefreshCw />
        </IconButton>
        <IconButton size="sm" label="Choose models folders" onClick={() => setSettingsOpen(true)}>
          <FolderPlus />
        </IconButton>
      </header>
      <ul aria-label="Models" className="min-h-0 flex-1 overflow-y-auto">
        {ordered.map((model) => (
          <ModelRow key={model.id} model={model} />
        ))}
      </ul>
    </div>
  );
}
