import type { ReactNode } from 'react';

interface SectionProps {
  title: ReactNode;
  /** At the right of the title: a control or a number. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A titled part of a panel. */
export function Section({ title, aside, children }: SectionProps) {
  return (
    <section className="border-b border-line px-3 py-2.5 last:border-b-0">
      <header className="mb-1.5 flex h-6 items-center justify-between gap-2">
        <h3 className="min-w-0 truncate text-xs font-medium text-soft numeric">{title}</h3>
        {aside}
      </header>
      {children}
    </section>
  );
}
