import { useNodesInitialized, useReactFlow } from '@xyflow/react';
import { useEffect, useRef } from 'react';
import { useDocument } from '../stores/document.ts';
import { fitDocument } from './fit-canvas.ts';
import type { FlowEdge, FlowNode } from './flow-graph.ts';

/** Shows all of a document when it is opened, once its nodes have been measured. */
export function useFitOnOpen(): void {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const opened = useDocument((state) => state.opened);
  const isMeasured = useNodesInitialized();
  const fitted = useRef(-1);

  useEffect(() => {
    if (!isMeasured || fitted.current === opened) return;
    fitted.current = opened;
    fitDocument(flow);
  }, [flow, opened, isMeasured]);
}
