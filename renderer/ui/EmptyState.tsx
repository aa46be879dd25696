import type { ReactNode } from 'react';

interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** What a list shows while there is nothing in it: what would be here, and how to get it. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-1 px-8 py-6 text-center">
      {icon && <div className="mb-2 text-faint [&_svg]:size-6 [&_svg]:stroke-[1.5]">{icon}</div>}
      <p className="font-medium text-text">{title}</p>
      {children && <div className="max-w-64 text-xs text-soft selectable text-balance">{children}</div>}
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}
