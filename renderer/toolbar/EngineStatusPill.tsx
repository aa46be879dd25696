import { useEngine } from '../stores/engine.ts';
import { cn } from '../ui/cn.ts';
import { Countdown, Elapsed } from '../ui/Elapsed.tsx';
import { Tooltip } from '../ui/Tooltip.tsx';
import { type EngineTone, engineWords } from './engine-words.ts';

const dots: Record<EngineTone, string> = {
  neutral: 'bg-faint',
  busy: 'bg-accent-text animate-pulse',
  good: 'bg-success',
  warning: 'bg-warning animate-pulse',
  danger: 'bg-danger',
};

/** What the engine does now. Its width never changes, so nothing beside it moves while a run goes from step to step. */
export function EngineStatusPill() {
  const status = useEngine((state) => state.status);
  const words = engineWords(status);
  return (
    <Tooltip content={words.detail ? `${words.text}. ${words.detail}` : words.text}>
      <div
        role="status"
        aria-label="Engine status"
        data-state={status.state}
        data-pid={'pid' in status ? status.pid : undefined}
        className="flex h-7 w-56 min-w-0 shrink items-center gap-2 rounded-md border border-line bg-canvas px-2.5 text-xs text-soft"
      >
        <span className={cn('size-2 shrink-0 rounded-full', dots[words.tone])} />
        <span className={cn('min-w-0 flex-1 truncate', words.tone === 'danger' && 'text-danger')}>{words.text}</span>
        {words.since !== null && <Elapsed since={words.since} from={1} />}
        {words.until !== null && <Countdown until={words.until} />}
      </div>
    </Tooltip>
  );
}
