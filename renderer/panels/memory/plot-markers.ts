import type uPlot from 'uplot';
import { useNodePeaks } from './node-peaks.ts';

const RADIUS = 7;

/**
 * Marks the peak of each node with its number in the list below, where it was.
 *
 * @param newest the time of the newest sample, the right end of the plot
 * @param color what a token stands for in the theme
 */
export function peakMarkers(newest: () => number, color: (token: string) => string): (plot: uPlot) => void {
  return (plot) => {
    const { ctx, bbox } = plot;
    const scale = devicePixelRatio;
    ctx.save();
    ctx.font = `600 ${10 * scale}px "Inter Variable", sans-serif`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    for (const [index, { bytes, time }] of useNodePeaks.getState().peaks.entries()) {
      const x = plot.valToPos((time - newest()) / 1000, 'x', true);
      if (x < bbox.left) continue;
      const y = Math.max(plot.valToPos(bytes, 'y', true), bbox.top + RADIUS * scale);
      ctx.beginPath();
      ctx.arc(x, y, RADIUS * scale, 0, 2 * Math.PI);
      ctx.fillStyle = color('--overlay');
      ctx.fill();
      ctx.lineWidth = 1.5 * scale;
      ctx.strokeStyle = color('--text');
      ctx.stroke();
      ctx.fillStyle = color('--text');
      ctx.fillText(String(index + 1), x, y + 0.5 * scale);
    }
    ctx.restore();
  };
}
