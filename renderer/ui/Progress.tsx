import { cn } from './cn.ts';

interface ProgressProps {
  /** 0 … 1, or null while it is not known. */
  fraction: number | null;
  label: string;
  className?: string;
}

export function Progress({ fraction, label, className }: ProgressProps) {
  const percent = fraction === null ? null : Math.round(Math.min(1, Math.max(0, fraction)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
      className={cn('h-1 w-full overflow-hidden rounded-full bg-line-strong', className)}
    >
      <div
        className={cn('h-full origin-left rounded-full bg-accent', percent === null && 'w-1/3 animate-pulse')}
        style={percent === null ? undefined : { width: `${percent}%` }}
      />
    </div>
  );
}
