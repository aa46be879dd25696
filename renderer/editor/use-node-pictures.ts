import { useRef } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { ShownImage } from '../../electron/ipc/contract.ts';
import { nodesAfter, nodesBefore } from '../graph/neighbours.ts';
import { useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { useNodeRun, useRun } from '../stores/run.ts';

interface NodePictures {
  images: readonly ShownImage[];
  /** The images are those of the run before: the new ones are not there yet. */
  isOld: boolean;
  /** The picture on its way there. */
  previewUrl: string | null;
}

const none: ShownImage[] = [];

/**
 * What a node shows. A picture develops where it will end: a node with a place for pictures shows the preview of the node that
 * draws them, which shows it itself only where nothing after it does. So no card grows while a run goes on.
 */
export function useNodePictures(nodeId: string, hasPlace: boolean): NodePictures {
  const run = useNodeRun(nodeId);
  const drawing = useGraph(
    useShallow(({ nodes, edges }) => {
      if (hasPlace) return [nodeId, ...nodesBefore(nodeId, edges)];
      const isShownLater = nodesAfter(nodeId, edges).some((id) => describeNode(nodes[id]?.type ?? '')?.showsImages);
      return isShownLater ? [] : [nodeId];
    }),
  );
  const previewUrl = useRun(({ nodes }) => {
    const source = drawing.find((id) => nodes[id]?.previewUrl);
    return source === undefined ? null : (nodes[source]?.previewUrl ?? null);
  });

  const last = useRef<readonly ShownImage[]>(none);
  // Without a run, this is another document, or a node that no run has reached.
  if (!run) last.current = none;
  else if (run.images.length > 0) last.current = run.images;
  const isOld = run?.images.length === 0 && run.state !== 'cached' && run.state !== 'done';
  return { images: last.current, isOld, previewUrl: run?.images.length ? null : previewUrl };
}
