import { ArrowDownToLine, Copy, ScrollText, Trash2 } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { LOG_LEVELS, type LogLine } from '../../../engine/contract/protocol.ts';
import { clearLog, useEngine } from '../../stores/engine.ts';
import { copyText } from '../../ui/copy-text.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Input } from '../../ui/Input.tsx';
import { Select } from '../../ui/Select.tsx';
import { toast } from '../../ui/toast.ts';
import { LogLines, logText } from './LogLines.tsx';

type Level = LogLine['level'];

const levels = [
  { value: 'debug', title: 'Everything' },
  { value: 'info', title: 'Info' },
  { value: 'warning', title: 'Warnings' },
  { value: 'error', title: 'Errors' },
] as const;

/** What the engine says about itself, for when something is unclear. */
export function LogPanel() {
  const log = useEngine((state) => state.log);
  const [level, setLevel] = useState<Level>('info');
  const [words, setWords] = useState('');
  const [follow, setFollow] = useState(true);
  const sought = useDeferredValue(words.trim().toLowerCase());
  const lines = useMemo(() => select(log, level, sought), [log, level, sought]);

  async function copy() {
    if (await copyText(lines.map(logText).join('\n')))
      toast('info', 'The log is in the clipboard', { id: 'clipboard' });
  }

  return (
    <div className="flex h-full flex-col">
      <header className="flex h-11 shrink-0 items-center gap-1.5 border-b border-line px-2">
        <Input
          aria-label="Filter the log"
          placeholder="Filter"
          value={words}
          onChange={(event) => setWords(event.target.value)}
          className="min-w-16 flex-1"
        />
        <Select aria-label="Level" value={level} onChange={setLevel} options={levels} className="w-28" />
        <IconButton
          label="Follow"
          hint={follow ? 'New lines scroll into view' : 'Scroll new lines into view'}
          aria-pressed={follow}
          className={follow ? 'bg-pressed text-text' : undefined}
          onClick={() => setFollow(!follow)}
        >
          <ArrowDownToLine />
        </IconButton>
        <IconButton
          label="Copy the log"
          hint="Copy these lines"
          blocked={lines.length > 0 ? null : 'There is nothing to copy'}
          onClick={() => void copy()}
        >
          <Copy />
        </IconButton>
        <IconButton label="Clear the log" onClick={clearLog}>
          <Trash2 />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1">
        {lines.length > 0 ? (
          <LogLines lines={lines} follow={follow} onFollow={setFollow} />
        ) : (
          <EmptyState icon={<ScrollText />} title={log.length === 0 ? 'The log is empty' : 'No line matches'}>
            {log.length === 0 ? 'What the engine does is written here.' : 'Another level or other words may show more.'}
          </EmptyState>
        )}
      </div>
    </div>
  );
}

function select(log: readonly LogLine[], level: Level, words: string): LogLine[] {
  const least = LOG_LEVELS.indexOf(level);
  return log.filter(
    (line) => LOG_LEVELS.indexOf(line.level) >= least && (words === '' || line.message.toLowerCase().includes(words)),
  );
}
