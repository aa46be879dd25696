import {
  type Fit,
  fitOf,
  type ModelEstimate,
  type NodeEstimate,
  rowWords,
  type WorkflowEstimate,
} from '../../engine/contract/estimate.ts';
import { formatBytes, sentence } from '../format.ts';

/** A text colour for each fit. Whoever shows it says it in words as well. */
export const FIT_COLOURS: Record<Fit, string> = {
  yes: 'text-success',
  tight: 'text-warning',
  no: 'text-danger',
  unknown: 'text-soft',
};

/** Whether a node fits, in a sentence. */
export function fitWords(node: NodeEstimate, { budgetBytes, device }: WorkflowEstimate): string {
  const available = budgetBytes === null ? '' : `${formatBytes(budgetBytes)} can be used on ${device}`;
  switch (fitOf(node, budgetBytes)) {
    case 'yes':
      return `It fits: ${available}.`;
    case 'tight':
      return `It fits with savings: ${available}. Without them it would need ${formatBytes(node.undegradedBytes)}.`;
    case 'no':
      return `It is not expected to fit: ${available}, and it needs ${formatBytes(node.leastBytes)} at the very least. Draw smaller or fewer pictures, or free memory.`;
    case 'unknown':
      return `How much can be used on ${device} is not known.`;
  }
}

/** What a picture with a model needs: "1024 px: 9.4 GiB, at least 1.3 GiB". */
export function modelNeeds({ width, height, undegradedBytes, leastBytes }: ModelEstimate): string {
  const size = width === height ? `${width} px` : `${width} × ${height} px`;
  const least = leastBytes < undegradedBytes ? `, at least ${formatBytes(leastBytes)}` : '';
  return `${size}: ${formatBytes(undegradedBytes)}${least}`;
}

/** Whether it fits, in a sentence. */
export function modelFitWords({ undegradedBytes, leastBytes, budgetBytes }: ModelEstimate): string {
  const available = budgetBytes === null ? '' : `${formatBytes(budgetBytes)} can be used`;
  switch (fitOf({ peakBytes: leastBytes, undegradedBytes }, budgetBytes)) {
    case 'yes':
      return `A picture fits: ${available}.`;
    case 'tight':
      return `A picture fits with savings: ${available}. Without them it would need ${formatBytes(undegradedBytes)}.`;
    case 'no':
      return `A picture of this size is not expected to fit: ${available}, and it needs ${formatBytes(leastBytes)} at the very least.`;
    case 'unknown':
      return 'How much can be used is not known.';
  }
}

/** What a whole workflow needs, in a sentence; null where nothing in it needs the device. */
export function workflowWords({ nodes, peakBytes, budgetBytes, device, fits }: WorkflowEstimate): string | null {
  const estimates = Object.values(nodes);
  if (estimates.length === 0) return null;
  const largest = estimates.find((node) => node.row !== undefined && node.peakBytes === peakBytes);
  const needs = `needs about ${formatBytes(peakBytes)}${largest ? ` in ${rowWords(largest)}` : ''}`;
  if (budgetBytes === null) return `It ${needs} on ${device}.`;
  const available = `${formatBytes(budgetBytes)} can be used on ${device}`;
  switch (fits) {
    case 'tight':
      return `It ${needs}, with savings; ${available}.`;
    case 'no': {
      const least = Math.max(...estimates.map(({ leastBytes }) => leastBytes));
      return `It is not expected to fit: it needs ${formatBytes(least)} at the very least; ${available}.`;
    }
    case 'yes':
    case 'unknown':
      return `It ${needs}; ${available}.`;
  }
}

/** A saving as the engine words it, made a sentence. */
export function savingWords(saving: string): string {
  return `${sentence(`Headroom ${saving}`)}.`;
}
