import { CircleAlert } from 'lucide-react';
import { restartEngine } from '../api/engine-actions.ts';
import { firstLine, sentence } from '../format.ts';
import { useEngine } from '../stores/engine.ts';
import { showSidePanel } from '../stores/ui.ts';
import { Button } from '../ui/Button.tsx';

/** Under the toolbar while the engine is given up on: nothing runs until the person does something. */
export function EngineAlert() {
  const reason = useEngine((state) => (state.status.state === 'failed' ? state.status.reason : null));
  if (reason === null) return null;
  return (
    <div role="alert" className="flex shrink-0 items-center gap-3 border-b border-line bg-danger-soft px-3 py-1.5">
      <CircleAlert className="size-4 shrink-0 text-danger" aria-hidden />
      <p className="min-w-0 flex-1 selectable">
        <span className="font-medium">The engine does not start.</span>{' '}
        <span className="text-soft">{sentence(firstLine(reason))}.</span>
      </p>
      <Button size="sm" onClick={() => showSidePanel('log')}>
        Show log
      </Button>
      <Button size="sm" look="primary" onClick={() => void restartEngine()}>
        Try again
      </Button>
    </div>
  );
}
