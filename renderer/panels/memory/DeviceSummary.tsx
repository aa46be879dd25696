import type { DeviceSample, GpuSample } from '../../../engine/contract/memory.ts';
import { formatBytes, formatPercent, sentence } from '../../format.ts';
import { Facts } from './Facts.tsx';
import { type MemoryKind, usage } from './holdings.ts';

/** What there is and how full it is; where it is not a card, why. */
export function DeviceSummary({ kind, sample }: { kind: MemoryKind; sample: DeviceSample }) {
  const { usedBytes, totalBytes } = usage(sample, kind);
  const title = kind === 'gpu' ? sample.gpu?.name : 'System memory';
  return (
    <div className="border-b border-line px-3 py-3">
      <h2 className="truncate font-medium" title={title}>
        {title}
      </h2>
      <p className="mt-0.5 flex items-baseline gap-1.5 numeric">
        <span className="text-lg font-semibold">{formatBytes(usedBytes)}</span>
        <span className="text-soft">of {formatBytes(totalBytes)} used</span>
        <span className="ml-auto text-soft">{formatPercent(totalBytes > 0 ? usedBytes / totalBytes : 0)}</span>
      </p>
      {kind === 'gpu' && sample.gpu ? <GpuFacts gpu={sample.gpu} /> : null}
      <Remark kind={kind} sample={sample} />
    </div>
  );
}

/** Why this memory is shown, or why it is not read better. */
function Remark({ kind, sample: { gpu, reason } }: { kind: MemoryKind; sample: DeviceSample }) {
  const why = reason && `${sentence(reason)}.`;
  const words =
    kind === 'gpu'
      ? why
      : gpu
        ? `The engine works on the processor, so this is the memory of the computer. ${gpu.name} is left alone.`
        : `${why ?? 'No NVIDIA GPU can be read here.'} This is the memory of the computer instead.`;
  return words && <p className="mt-1.5 text-xs text-soft selectable">{words}</p>;
}

function GpuFacts({ gpu: { utilisation, temperatureC, powerW } }: { gpu: GpuSample }) {
  return (
    <Facts
      facts={[
        { title: 'Utilisation', value: utilisation === null ? null : `${Math.round(utilisation)} %` },
        { title: 'Temperature', value: temperatureC === null ? null : `${Math.round(temperatureC)} °C` },
        { title: 'Power', value: powerW === null ? null : `${Math.round(powerW)} W` },
      ]}
    />
  );
}
