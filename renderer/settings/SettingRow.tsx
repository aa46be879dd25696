import type { ReactNode } from 'react';

interface SettingRowProps {
  title: string;
  description?: ReactNode;
  /** The control at the right of the title. */
  children: ReactNode;
}

export function SettingRow({ title, description, children }: SettingRowProps) {
  return (
    <div className="flex items-start justify-between gap-6">
      <div className="min-w-0 pt-1">
        <h3 className="font-medium">{title}</h3>
        {description && <p className="text-xs text-soft">{description}</p>}
      </div>
      {children}
    </div>
  );
}
