import type { Settings } from '../../electron/ipc/contract.ts';
import { memoryLimitProblem } from '../../engine/contract/memory-limit.ts';
import type { MemorySettings } from '../../engine/contract/protocol.ts';
import { changeSettings } from '../api/settings-actions.ts';
import { formatBytes } from '../format.ts';
import { Select } from '../ui/Select.tsx';
import { GibibytesField } from './GibibytesField.tsx';
import { SettingRow } from './SettingRow.tsx';

const clearing: { value: Settings['cacheClearing']; title: string; detail: string }[] = [
  { value: 'auto', title: 'Automatic', detail: 'Only where memory is short, and only as much as is' },
  { value: 'always', title: 'Always', detail: 'Least memory, but models load again and again' },
  { value: 'never', title: 'Never', detail: 'Fastest where there is memory to spare' },
];

const strategies: { value: Settings['extendStrategy']; title: string; detail: string }[] = [
  { value: 'kSameAsRequested', title: 'By what is needed', detail: 'kSameAsRequested: least memory' },
  { value: 'kNextPowerOfTwo', title: 'By doubling', detail: 'kNextPowerOfTwo: fewer, larger pieces' },
];

interface MemorySectionProps {
  settings: Settings;
  /** What the engine works under; null while it does not say. */
  inForce: MemorySettings | null;
}

/** What the engine may take, and how it deals with it. Each change restarts the engine, after the run that is at work. */
export function MemorySection({ settings, inForce }: MemorySectionProps) {
  const deviceBytes = inForce?.deviceBytes ?? null;
  const chosenReserve = settings.keptFreeBytes !== null;
  const usual = chosenReserve || !inForce?.keptFreeBytes ? '' : ` (${(inForce.keptFreeBytes / 1024 ** 3).toFixed(1)})`;
  return (
    <>
      <GibibytesField
        title="Memory limit"
        description="The most that weights and runs may take together."
        bytes={settings.memoryLimitBytes}
        placeholder="All there is"
        problemOf={(bytes) => memoryLimitProblem(bytes, deviceBytes)}
        onChange={(memoryLimitBytes) => void changeSettings({ memoryLimitBytes })}
      />
      <GibibytesField
        title="Kept free"
        description="Left to other programs when a run is planned."
        bytes={settings.keptFreeBytes}
        placeholder={`Automatic${usual}`}
        problemOf={(bytes) => keptFreeProblem(bytes, deviceBytes)}
        onChange={(keptFreeBytes) => void changeSettings({ keptFreeBytes })}
      />
      <SettingRow title="Clear the cache" description="Before a model loads, and around each picture of a table.">
        <Select
          aria-label="Clear the cache"
          className="w-44 shrink-0"
          value={settings.cacheClearing}
          onChange={(cacheClearing) => void changeSettings({ cacheClearing })}
          options={clearing}
        />
      </SettingRow>
      <SettingRow title="The arena grows" description="How onnxruntime takes memory from the device.">
        <Select
          aria-label="The arena grows"
          className="w-44 shrink-0"
          value={settings.extendStrategy}
          onChange={(extendStrategy) => void changeSettings({ extendStrategy })}
          options={strategies}
        />
      </SettingRow>
    </>
  );
}

function keptFreeProblem(bytes: number, deviceBytes: number | null): string | null {
  if (!Number.isSafeInteger(bytes) || bytes < 0) return 'must be a number of GiB, such as 1 or 0.5';
  if (deviceBytes === null || bytes < deviceBytes) return null;
  return `must be less than the ${formatBytes(deviceBytes)} that the device has`;
}
