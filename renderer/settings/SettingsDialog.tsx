import type { Settings } from '../../electron/ipc/contract.ts';
import { changeSettings } from '../api/settings-actions.ts';
import { useSettings } from '../stores/settings.ts';
import { setSettingsOpen, useUi } from '../stores/ui.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { SegmentedControl } from '../ui/SegmentedControl.tsx';
import { Select } from '../ui/Select.tsx';
import { ModelFolders, ResultsFolder } from './folders.tsx';
import { SettingRow } from './SettingRow.tsx';

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

const clearing: { value: Settings['cacheClearing']; title: string; detail: string }[] = [
  { value: 'auto', title: 'Automatic', detail: 'Only where memory is short' },
  { value: 'always', title: 'Always', detail: 'Least memory, but models load again and again' },
  { value: 'never', title: 'Never', detail: 'Fastest where there is memory to spare' },
];

/** Everything here takes effect at once; there is nothing to confirm. */
export function SettingsDialog() {
  const open = useUi((state) => state.settingsOpen);
  const settings = useSettings((state) => state.settings);
  const info = useSettings((state) => state.info);
  return (
    <Dialog open={open} onOpenChange={setSettingsOpen} title="Settings">
      {settings ? (
        <div className="space-y-5">
          <SettingRow title="Theme">
            <SegmentedControl
              label="Theme"
              value={settings.theme}
              onChange={(theme) => void changeSettings({ theme })}
              options={themes}
              className="h-7"
            />
          </SettingRow>
          <SettingRow title="Device" description="Where models run. A change restarts the engine.">
            <Select
              aria-label="Device"
              className="w-44"
              value={settings.device}
              onChange={(device) => void changeSettings({ device })}
              options={devices.filter(
                ({ value, platforms }) =>
                  value === settings.device || !platforms || !info || platforms.includes(info.platform),
              )}
            />
          </SettingRow>
          <SettingRow
            title="Clear the cache"
            description="Before a model loads, and around each picture of a table. A change restarts the engine."
          >
            <Select
              aria-label="Clear the cache"
              className="w-44"
              value={settings.cacheClearing}
              onChange={(cacheClearing) => void changeSettings({ cacheClearing })}
              options={clearing}
            />
          </SettingRow>
          <ResultsFolder folder={settings.resultsFolder} />
          <ModelFolders folders={settings.modelFolders} bundled={info?.bundledModels ?? null} />
        </div>
      ) : (
        <p className="text-soft">The settings could not be read. The log panel says why.</p>
      )}
      {info && (
        <p className="mt-6 text-2xs text-faint selectable">
          Headroom {info.version}, Electron {info.electron}
        </p>
      )}
    </Dialog>
  );
}
