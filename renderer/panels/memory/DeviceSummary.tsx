import type { DeviceSample, GpuSample } from '../../../engine/contract/memory.ts';
import { formatBytes, formatPercent, sentence } from '../../format.ts';
import { usage } from './plot-data.ts';

/** What there is and how full it is; without a card, why there is none to show. */
export function DeviceSummary({ sample }: { sample: DeviceSample }) {
  const { usedBytes, totalBytes } = usage(sample);
  return (
    <div className="border-b border-line px-3 py-3">
      <h2 className="truncate font-medium" title={sample.gpu?.name}>
        {sample.gpu?.name ?? 'System memory'}
      </h2>
      <p className="mt-0.5 flex items-baseline gap-1.5 numeric">
        <span className="text-lg font-semibold">{formatBytes(usedBytes)}</span>
        <span className="text-soft">of {formatBytes(totalBytes)} used</span>
        <span className="ml-auto text-soft">{formatPercent(totalBytes > 0 ? usedBytes / totalBytes : 0)}</span>
      </p>
      {sample.gpu ? <GpuFacts gpu={sample.gpu} /> : <NoGpu reason={sample.reason} />}
    </div>
  );
}

function NoGpu({ reason }: { reason: string | null }) {
  return (
    <p className="mt-1.5 text-xs text-soft selectable">
      No NVIDIA GPU can be read here. {reason && `${sentence(reason)}. `}This is the memory of the computer instead.
    </p>
  );
}

function GpuFacts({ gpu }: { gpu: GpuSample }) {
  const facts = [
    { title: 'Utilisation', value: gpu.utilisation === null ? null : `${Math.round(gpu.utilisation)} %` },
    { title: 'Temperature', value: gpu.temperatureC === null ? null : `${Math.round(gpu.temperatureC)} °C` },
    { title: 'Power', value: gpu.powerW === null ? null : `${Math.round(gpu.powerW)} W` },
  ];
  return (
    <dl className="mt-2 grid grid-cols-3 gap-2">
      {facts.map(({ title, value }) => (
        <div key={title}>
          <dt className="text-2xs text-faint">{title}</dt>
          <dd className="numeric">{value ?? <span className="text-faint">not told</span>}</dd>
        </div>
      ))}
    </dl>
  );
}
