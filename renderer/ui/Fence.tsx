import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { Button } from './Button.tsx';
import { EmptyState } from './EmptyState.tsx';

/** A defect inside stays inside: that part says so and can be drawn again, and the rest of the window goes on. */
export function Fence({ name, children }: { name: string; children: ReactNode }) {
  return (
    <ErrorBoundary
      fallbackRender={({ error, resetErrorBoundary }) => (
        <div role="alert" className="h-full">
          <EmptyState
            icon={<CircleAlert />}
            title={`${name} could not be shown`}
            action={<Button onClick={resetErrorBoundary}>Try again</Button>}
          >
            {error instanceof Error ? error.message : String(error)}
          </EmptyState>
        </div>
      )}
    >
      {children}
    </ErrorBoundary>
  );
}
