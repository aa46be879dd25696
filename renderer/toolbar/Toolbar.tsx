import {
  BrushCleaning,
  FilePlus2,
  FolderOpen,
  Moon,
  PanelRight,
  Plus,
  Redo2,
  RotateCw,
  Save,
  Settings,
  Sun,
  Undo2,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { changeSettings } from '../api/settings-actions.ts';
import { type CommandName, runCommand, useCommandBlock } from '../commands.ts';
import { useEngine } from '../stores/engine.ts';
import { runningJob, useQueue } from '../stores/queue.ts';
import { setSidePanelOpen, useUi } from '../stores/ui.ts';
import { Button } from '../ui/Button.tsx';
import { Hint, IconButton } from '../ui/IconButton.tsx';
import { Tooltip } from '../ui/Tooltip.tsx';
import { EngineStatusPill } from './EngineStatusPill.tsx';
import { keys } from './keys.ts';
import { RunControls } from './RunControls.tsx';

type PlainCommand = Exclude<CommandName, 'show-node' | 'open-file'>;

export function Toolbar() {
  return (
    <header className="flex h-11 shrink-0 items-center gap-1 border-b border-line bg-surface px-2">
      <CommandButton command="new" label="New" icon={<FilePlus2 />} shortcut={keys('Ctrl', 'N')} />
      <CommandButton command="open" label="Open" icon={<FolderOpen />} shortcut={keys('Ctrl', 'O')} />
      <CommandButton command="save" label="Save" icon={<Save />} shortcut={keys('Ctrl', 'S')} />
      <Divider />
      <CommandButton command="undo" label="Undo" icon={<Undo2 />} shortcut={keys('Ctrl', 'Z')} />
      <CommandButton command="redo" label="Redo" icon={<Redo2 />} shortcut={keys('Ctrl', 'Shift', 'Z')} />
      <Divider />
      <AddNodeButton />
      <div className="min-w-2 flex-1" />
      <EngineStatusPill />
      <EngineButtons />
      <Divider />
      <ThemeButton />
      <CommandButton command="settings" label="Settings" icon={<Settings />} shortcut={keys('Ctrl', ',')} />
      <SidePanelButton />
      <Divider />
      <RunControls />
    </header>
  );
}

function Divider() {
  return <div aria-hidden className="mx-1 h-5 w-px shrink-0 bg-line" />;
}

interface CommandButtonProps {
  command: PlainCommand;
  label: string;
  icon: ReactNode;
  shortcut: string;
}

function CommandButton({ command, label, icon, shortcut }: CommandButtonProps) {
  const blocked = useCommandBlock(command);
  return (
    <IconButton label={label} shortcut={shortcut} blocked={blocked} onClick={() => void runCommand(command)}>
      {icon}
    </IconButton>
  );
}

function AddNodeButton() {
  return (
    <Tooltip content={<Hint text="Search the nodes and add one" shortcut={keys('Ctrl', 'K')} />}>
      <Button look="quiet" onClick={() => void runCommand('add-node')}>
        <Plus />
        Add node
      </Button>
    </Tooltip>
  );
}

function EngineButtons() {
  const alive = useEngine(({ status }) => status.state === 'ready' || status.state === 'busy');
  const running = useQueue((state) => runningJob(state.jobs) !== undefined);
  return (
    <>
      <EngineButton
        label="Clear cache"
        icon={<BrushCleaning />}
        hint="unload every model that no run is using"
        blocked={alive ? null : 'The engine is not running: there is nothing to clear'}
        onClick={() => void runCommand('clear-cache')}
      />
      <EngineButton
        label="Restart engine"
        icon={<RotateCw />}
        hint={`free all that the engine holds${running ? '; the running job goes back to the queue' : ''}`}
        blocked={null}
        onClick={() => void runCommand('restart-engine')}
      />
    </>
  );
}

interface EngineButtonProps {
  label: string;
  icon: ReactNode;
  hint: string;
  blocked: string | null;
  onClick: () => void;
}

/** With its name beside the icon where the window is wide enough: these two are looked for when something is wrong. */
function EngineButton({ label, icon, hint, blocked, onClick }: EngineButtonProps) {
  return (
    <Tooltip content={blocked ?? `${label}: ${hint}`}>
      <Button
        look="quiet"
        aria-label={label}
        aria-disabled={blocked !== null || undefined}
        className="max-xl:w-7 max-xl:px-0"
        onClick={blocked === null ? onClick : undefined}
      >
        {icon}
        <span className="max-xl:hidden">{label}</span>
      </Button>
    </Tooltip>
  );
}

function ThemeButton() {
  const theme = useUi((state) => state.theme);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <IconButton label={`Use the ${other} theme`} onClick={() => void changeSettings({ theme: other })}>
      {theme === 'dark' ? <Sun /> : <Moon />}
    </IconButton>
  );
}

function SidePanelButton() {
  const open = useUi((state) => state.sidePanelOpen);
  return (
    <IconButton
      label={open ? 'Hide side panel' : 'Show side panel'}
      aria-expanded={open}
      onClick={() => setSidePanelOpen(!open)}
    >
      <PanelRight />
    </IconButton>
  );
}
