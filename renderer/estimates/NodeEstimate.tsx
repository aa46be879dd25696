import {
  type NodeEstimate as Estimate,
  fitOf,
  rowWords,
  type WorkflowEstimate,
} from '../../engine/contract/estimate.ts';
import { formatBytes, formatName, sentence } from '../format.ts';
import { useEstimate, useNodeEstimate } from '../stores/estimate.ts';
import { useNodeRun } from '../stores/run.ts';
import { Badge } from '../ui/Badge.tsx';
import { Tooltip } from '../ui/Tooltip.tsx';
import { FIT_COLOURS, fitWords, savingWords } from './estimate-words.ts';

const TONES = { yes: 'success', tight: 'warning', no: 'danger', unknown: 'neutral' } as const;

/** What a node is expected to need of the device's memory, coloured by whether that fits. */
export function NodeEstimate({ nodeId }: { nodeId: string }) {
  const node = useNodeEstimate(nodeId);
  const whole = useEstimate((state) => state.estimate);
  const isRunning = useNodeRun(nodeId)?.state === 'running';
  // What it really takes is shown elsewhere then, and the header tells the step.
  if (!node || !whole || isRunning) return null;
  const words = fitWords(node, whole);
  return (
    <Tooltip content={<Details node={node} whole={whole} />}>
      <Badge tone={TONES[fitOf(node, whole.budgetBytes)]}>
        {formatBytes(node.peakBytes)}
        <span className="sr-only">{` of memory expected. ${words}`}</span>
      </Badge>
    </Tooltip>
  );
}

/** Stage by stage, and what Headroom will do to make it fit. */
function Details({ node, whole }: { node: Estimate; whole: WorkflowEstimate }) {
  return (
    <div className="space-y-1.5 py-1">
      <p className="font-medium">Expected to need {formatBytes(node.peakBytes)} at its worst moment</p>
      {node.row !== undefined && <p className="text-soft">{sentence(`in ${rowWords(node)}`)}</p>}
      <table className="w-full text-left numeric">
        <thead>
          <tr className="text-soft">
            <th className="font-normal">Stage</th>
            <th className="pl-4 text-right font-normal">Weights</th>
            <th className="pl-4 text-right font-normal">While it works</th>
          </tr>
        </thead>
        <tbody>
          {node.stages.map(({ stage, component, weightBytes, activationBytes }) => (
            <tr key={`${stage} ${component}`}>
              <td>
                {sentence(stage)} <span className="text-soft">{formatName(component)}</span>
              </td>
              <td className="pl-4 text-right">{formatBytes(weightBytes)}</td>
              <td className="pl-4 text-right">+ {formatBytes(activationBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={FIT_COLOURS[fitOf(node, whole.budgetBytes)]}>{fitWords(node, whole)}</p>
      {node.savings.map((saving) => (
        <p key={saving}>{savingWords(saving)}</p>
      ))}
    </div>
  );
}
