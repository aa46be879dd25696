import { useProblems } from '../stores/problems.ts';
import { useNodeRun } from '../stores/run.ts';

/** What the last attempt to run said about one field, or null. */
export function useFieldError(nodeId: string, field: string): string | null {
  const problem = useProblems(({ problems }) => problems.find((one) => one.nodeId === nodeId && one.field === field));
  const error = useNodeRun(nodeId)?.error;
  return problem?.message ?? (error?.place.field === field ? error.message : null);
}
