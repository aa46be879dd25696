import type { ReactNode } from 'react';
import type { Settings } from '../../electron/ipc/contract.ts';
import { call } from '../api/client.ts';
import { changeSettings } from '../api/settings-actions.ts';
import { useSettings } from '../stores/settings.ts';
import { setSettingsOpen, useUi } from '../stores/ui.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { SegmentedControl } from '../ui/SegmentedControl.tsx';
import { Select } from '../ui/Select.tsx';
import { ModelFolders, ResultsFolder } from './folders.tsx';
import { InForce } from './InForce.tsx';
import { KeptWeights } from './KeptWeights.tsx';
import { MemorySection } from './MemorySection.tsx';
import { SettingRow } from './SettingRow.tsx';
import { useEngineAnswer } from './use-engine-answer.ts';

const askMemorySettings = () => call('engine:memory-settings');

const themes = [
  { value: 'system', title: 'System' },
  { value: 'dark', title: 'Dark' },
  { value: 'light', title: 'Light' },
] as const;

const devices: { value: Settings['device']; title: string; detail: string; platforms?: string[] }[] = [
  { value: 'auto', title: 'Automatic', detail: 'The fastest that works on this computer' },
  { value: 'cuda', title: 'CUDA', detail: 'NVIDIA GPU', platforms: ['linux', 'win32'] },
  { value: 'dml', title: 'DirectML', detail: 'Any GPU on Windows', platforms: ['win32'] },
  { value: 'coreml', title: 'CoreML', detail: 'Apple GPU and Neural Engine', platforms: ['darwin'] },
  { value: 'webgpu', title: 'WebGPU', detail: 'GPUs without a driver library of their own' },
  { value: 'cpu', title: 'CPU', detail: 'Works everywhere, slowly' },
];

/** Everything here takes effect at once; there is nothing to confirm. */
export function SettingsDialog() {
  const open = useUi((state) => state.settingsOpen);
  const settings = useSettings((state) => state.settings);
  return (
    <Dialog open={open} onOpenChange={setSettingsOpen} title="Settings">
      {settings ? (
        <Sections settings={settings} />
      ) : (
        <p className="text-soft">The settings could not be read. The log panel says why.</p>
      )}
    </Dialog>
  );
}

function Sections({ settings }: { settings: Settings }) {
  const info = useSettings((state) => state.info);
  const [inForce] = useEngineAnswer(askMemorySettings);
  return (
    <div className="space-y-6">
      <Group title="General">
        <SettingRow title="Theme">
          <SegmentedControl
            label="Theme"
            value={settings.theme}
            onChange={(theme) => void changeSettings({ theme })}
            options={themes}
            className="h-7"
          />
        </SettingRow>
        <ResultsFolder folder={settings.resultsFolder} />
        <ModelFolders folders={settings.modelFolders} bundled={info?.bundledModels ?? null} />
        <KeptWeights />
      </Group>
      <Group title="Device and memory" hint="A change restarts the engine, after the run that is at work.">
        <SettingRow title="Device" description="Where models run.">
          <Select
            aria-label="Device"
            className="w-44 shrink-0"
            value={settings.device}
            onChange={(device) => void changeSettings({ device })}
            options={devices.filter(
              ({ value, platforms }) =>
                value === settings.device || !platforms || !info || platforms.includes(info.platform),
            )}
          />
        </SettingRow>
        <MemorySection settings={settings} inForce={inForce} />
      </Group>
      <Group title="In force now">
        <InForce settings={inForce} />
      </Group>
      {info && (
        <p className="text-2xs text-faint selectable">
          Headroom {info.version}, Electron {info.electron}
        </p>
      )}
    </div>
  );
}

function Group({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <header className="mb-3 border-b border-line pb-1">
        <h2 className="text-xs font-semibold text-soft">{title}</h2>
        {hint && <p className="text-xs text-faint">{hint}</p>}
      </header>
      <div className="space-y-4">{children}</div>
    </section>
  );
}
