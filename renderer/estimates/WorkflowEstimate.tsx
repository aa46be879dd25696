import { titleOf } from '../graph/values.ts';
import { useEstimate } from '../stores/estimate.ts';
import { useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { FIT_COLOURS, workflowWords } from './estimate-words.ts';

/** What a run of the document is expected to need, for a tooltip: nothing while that is not known. */
export function WorkflowEstimate() {
  const estimate = useEstimate((state) => state.estimate);
  const nodes = useGraph((state) => state.nodes);
  if (!estimate) return null;
  const [problem] = estimate.problems;
  if (problem) {
    const node = nodes[problem.place.nodeId ?? ''];
    const where = node ? `${titleOf(node, describeNode(node.type))}: ` : '';
    return <p className="text-soft">{`No estimate yet. ${where}${problem.message}`}</p>;
  }
  const words = workflowWords(estimate);
  return words && <p className={FIT_COLOURS[estimate.fits]}>{words}</p>;
}
