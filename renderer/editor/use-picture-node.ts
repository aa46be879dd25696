import { useReactFlow } from '@xyflow/react';
import type { OnPicture } from '../document/use-document-drop.ts';
import { useEngine } from '../stores/engine.ts';
import { addNodeAt } from './add-node.ts';

/** Puts a picture that is dropped onto the canvas into a node that loads it: the first type with a field for picture files. */
export function usePictureNode(): OnPicture {
  const flow = useReactFlow();
  return (path, at) => {
    for (const descriptor of useEngine.getState().nodes) {
      const input = descriptor.inputs.find(({ field }) => field?.kind === 'image');
      if (!input) continue;
      return addNodeAt(descriptor, flow.screenToFlowPosition(at), null, { [input.name]: { path } });
    }
  };
}
