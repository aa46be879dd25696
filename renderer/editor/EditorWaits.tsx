import { CircleAlert, LoaderCircle } from 'lucide-react';
import { useEngine } from '../stores/engine.ts';
import { EmptyState } from '../ui/EmptyState.tsx';

/** Before the engine has first said which nodes there are. */
export function EditorWaits() {
  const hasFailed = useEngine((state) => state.status.state === 'failed');
  return hasFailed ? (
    <EmptyState icon={<CircleAlert />} title="The editor waits for the engine">
      The engine tells the editor which nodes there are, and it does not start. Your workflow is safe.
    </EmptyState>
  ) : (
    <EmptyState icon={<LoaderCircle className="animate-spin" />} title="Starting the engine">
      This takes a moment the first time.
    </EmptyState>
  );
}
