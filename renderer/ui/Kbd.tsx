import type { ReactNode } from 'react';

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="shrink-0 rounded border border-line-strong bg-hover px-1 font-sans text-2xs text-soft">
      {children}
    </kbd>
  );
}
