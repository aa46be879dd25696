import type { MouseEvent as ReactMouseEvent } from 'react';
import { edgeId, edgeInto } from '../graph/view.ts';
import { useGraph } from '../stores/graph.ts';

/**
 * A drag that begins on a connected input takes the end of its edge along, as in Blender and ComfyUI: to another input, or
 * off. React Flow lets an edge's end be dragged by a grip beside the port; the press is handed to that grip.
 */
export function takeEdgeEnd(event: ReactMouseEvent, nodeId: string, port: string): void {
  const edge = edgeInto(useGraph.getState().edges, nodeId, port);
  if (!edge || event.button !== 0) return;
  const drawn = document.querySelector(`.react-flow__edge[data-id="${CSS.escape(edgeId(edge))}"]`);
  const grip = drawn?.querySelector('.react-flow__edgeupdater-target');
  if (!grip) return;
  event.stopPropagation();
  event.preventDefault();
  const { clientX, clientY } = event;
  grip.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true, button: 0, clientX, clientY }));
}
