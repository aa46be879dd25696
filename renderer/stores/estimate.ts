import { create } from 'zustand';
import type { NodeEstimate, WorkflowEstimate } from '../../engine/contract/estimate.ts';

interface EstimateState {
  /** What the document was last expected to need; null before anything is known of it. */
  estimate: WorkflowEstimate | null;
}

export const useEstimate = create<EstimateState>()(() => ({ estimate: null }));

export function setEstimate(estimate: WorkflowEstimate | null): void {
  useEstimate.setState({ estimate });
}

/** What a node is expected to need; undefined for one that needs nothing of the device, or where that is not known. */
export function useNodeEstimate(nodeId: string): NodeEstimate | undefined {
  return useEstimate(({ estimate }) => estimate?.nodes[nodeId]);
}
