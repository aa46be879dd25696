import { Panel, useReactFlow, useStore } from '@xyflow/react';
import { Maximize, Minus, Plus } from 'lucide-react';
import { formatPercent } from '../format.ts';
import { IconButton } from '../ui/IconButton.tsx';
import { fitCanvas } from './fit-canvas.ts';
import type { FlowEdge, FlowNode } from './flow-graph.ts';

/** Zoom, in steps and as a number that goes back to full size, and fit. */
export function CanvasControls() {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const zoom = useStore(({ transform }) => formatPercent(transform[2]));
  return (
    <Panel position="bottom-left" className="!m-3 flex items-center rounded-lg border border-line bg-surface p-0.5">
      <IconButton label="Zoom out" size="sm" onClick={() => void flow.zoomOut({ duration: 120 })}>
        <Minus />
      </IconButton>
      <button
        type="button"
        aria-label="Zoom to 100 %"
        className="h-6 w-12 rounded-md text-center text-xs text-soft numeric hover:bg-hover hover:text-text"
        onClick={() => void flow.zoomTo(1, { duration: 120 })}
      >
        {zoom}
      </button>
      <IconButton label="Zoom in" size="sm" onClick={() => void flow.zoomIn({ duration: 120 })}>
        <Plus />
      </IconButton>
      <IconButton label="Fit view" shortcut="F" size="sm" onClick={() => fitCanvas(flow)}>
        <Maximize />
      </IconButton>
    </Panel>
  );
}
