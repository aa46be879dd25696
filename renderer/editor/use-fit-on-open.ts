import { useNodesInitialized, useReactFlow } from '@xyflow/react';
import { useEffect, useRef } from 'react';
import { useDocument } from '../stores/document.ts';
import { useGraph } from '../stores/graph.ts';
import { fitDocument } from './fit-canvas.ts';
import type { FlowEdge, FlowNode } from './flow-graph.ts';

/** Shows all of a document when it is opened, once its nodes have been measured. */
export function useFitOnOpen(): void {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const opened = useDocument((state) => state.opened);
  const isMeasured = useNodesInitialized();
  const fitted = useRef(-1);

  useEffect(() => {
    if (fitted.current === opened) return;
    // The first node of an empty document is put where the person wants it: the view must not jump then.
    const isEmpty = Object.keys(useGraph.getState().nodes).length === 0;
    if (!isEmpty && !isMeasured) return;
    fitted.current = opened;
    if (!isEmpty) fitDocument(flow);
  }, [flow, opened, isMeasured]);
}
