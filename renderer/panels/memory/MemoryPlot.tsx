import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { DeviceSample } from '../../../engine/contract/memory.ts';
import { formatBytes } from '../../format.ts';
import { useMonitor } from '../../stores/monitor.ts';
import { useUi } from '../../stores/ui.ts';
import type { MemoryKind } from './holdings.ts';
import { useNodePeaks } from './node-peaks.ts';
import { axisEnd, type PlotData, type PlotScope, plotData } from './plot-data.ts';
import { peakMarkers } from './plot-markers.ts';

interface MemoryPlotProps {
  kind: MemoryKind;
  scope: PlotScope;
  spanSeconds: number;
  /** The sample under the pointer, or null when it left. */
  onPoint: (sample: DeviceSample | null) => void;
}

const HEIGHT = 176;
const STEP_PIXELS = 2;

/** Who held how much over the last minutes. It draws by itself as samples come; React is not asked. */
export function MemoryPlot({ kind, scope, spanSeconds, onPoint }: MemoryPlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const theme = useUi((state) => state.theme);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours, which the canvas reads once
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    let shown: PlotData = plotData(useMonitor.getState().samples, kind, spanSeconds, scope);
    let plot = draw();

    function draw(): uPlot {
      const { clientWidth } = element as HTMLDivElement;
      return new uPlot(
        options(kind, scope, spanSeconds, clientWidth, () => shown, onPoint),
        columns(shown),
        element as HTMLDivElement,
      );
    }
    const stopSamples = useMonitor.subscribe(({ samples, latest }) => {
      // Drawing more often than the curve moves by so many pixels shows nothing.
      const millisecondsAStep = (STEP_PIXELS * spanSeconds * 1000) / Math.max(1, plot.width);
      const drawn = shown.samples.at(-1)?.time ?? 0;
      if (document.hidden || !latest || latest.time - drawn < millisecondsAStep) return;
      const before = titles(shown);
      shown = plotData(samples, kind, spanSeconds, scope);
      if (titles(shown) === before) {
        plot.setData(columns(shown));
      } else {
        plot.destroy();
        plot = draw();
      }
    });
    const stopPeaks = useNodePeaks.subscribe(() => plot.redraw(false));
    const resizing = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resizing.observe(element);
    return () => {
      stopSamples();
      stopPeaks();
      resizing.disconnect();
      plot.destroy();
      onPoint(null);
    };
  }, [kind, scope, spanSeconds, onPoint, theme]);

  return (
    <div
      ref={host}
      role="img"
      aria-label={kind === 'gpu' ? 'GPU memory over time' : 'Memory over time'}
      style={{ height: HEIGHT }}
    />
  );
}

/** uPlot's areas are made with the plot: others need another one. */
function titles({ layers }: PlotData): string {
  return layers.map(({ title }) => title).join();
}

/** uPlot paints series in order, so the highest edge comes first and lower areas cover it. */
function columns({ seconds, edges }: PlotData): uPlot.AlignedData {
  return [seconds, ...edges.toReversed()];
}

function options(
  kind: MemoryKind,
  scope: PlotScope,
  spanSeconds: number,
  width: number,
  shown: () => PlotData,
  onPoint: (sample: DeviceSample | null) => void,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (token: string) => style.getPropertyValue(token).trim();
  const grid = { stroke: color('--line'), width: 1 };
  const axis = { stroke: color('--text-faint'), font: '11px "Inter Variable", sans-serif', ticks: { show: false } };
  const end = () => axisEnd(kind, scope, shown());
  return {
    width,
    height: HEIGHT,
    padding: [8, 14, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: false, range: [-spanSeconds, 0] }, y: { range: () => [0, end()] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        gap: 4,
        splits: () => [-spanSeconds, -spanSeconds / 2, 0],
        values: (_plot, splits) => splits.map(agoLabel),
      },
      {
        ...axis,
        grid,
        size: 52,
        gap: 4,
        splits: () => [0, end() / 2, end()],
        values: (_plot, splits) => splits.map((bytes) => (bytes === 0 ? '' : formatBytes(bytes))),
      },
    ],
    series: [
      {},
      ...shown()
        .layers.toReversed()
        .map(({ title, color: token }) => ({
          label: title,
          stroke: color(token),
          width: 1.5,
          fill: color(`${token}-fill`),
          points: { show: false },
        })),
    ],
    hooks: {
      draw: [peakMarkers(() => shown().samples.at(-1)?.time ?? 0, color)],
      setCursor: [
        (plot) => onPoint(typeof plot.cursor.idx === 'number' ? (shown().samples[plot.cursor.idx] ?? null) : null),
      ],
    },
  };
}

function agoLabel(seconds: number): string {
  if (seconds === 0) return 'now';
  return seconds > -60 ? `${-seconds} s` : `${seconds / -60} min`;
}
