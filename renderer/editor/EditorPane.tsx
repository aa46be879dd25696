import { ReactFlowProvider } from '@xyflow/react';
import { useEffect, useRef } from 'react';
import { connectDocument } from '../document/connect-document.ts';
import { FailureDialog } from '../document/FailureDialog.tsx';
import { useDocumentDrop } from '../document/use-document-drop.ts';
import { useDocumentKeys } from '../document/use-document-keys.ts';
import { useDocument } from '../stores/document.ts';
import { useEngine } from '../stores/engine.ts';
import { AddNodeMenu } from './AddNodeMenu.tsx';
import { Canvas } from './Canvas.tsx';
import { CanvasMenu } from './CanvasMenu.tsx';
import { connectCanvas } from './canvas-store.ts';
import { EditorWaits } from './EditorWaits.tsx';
import { usePictureNode } from './use-picture-node.ts';
import '@xyflow/react/dist/base.css';
import './editor.css';

/** The node editor, with the flow that its canvas fills. */
export function EditorPane() {
  return (
    <ReactFlowProvider>
      <Editor />
    </ReactFlowProvider>
  );
}

/** It needs the node types once; after that it works whatever becomes of the engine. */
function Editor() {
  const hasNodeTypes = useEngine((state) => state.nodes.length > 0);
  const isOpen = useDocument((state) => state.opened > 0);
  const pane = useRef<HTMLDivElement>(null);
  const isDropTarget = useDocumentDrop(usePictureNode());
  useEffect(connectCanvas, []);
  useEffect(connectDocument, []);
  useDocumentKeys();

  return (
    <main ref={pane} aria-label="Editor" className="relative h-full bg-canvas">
      {hasNodeTypes && isOpen ? (
        <>
          <CanvasMenu>
            <Canvas pane={pane} />
          </CanvasMenu>
          <AddNodeMenu />
        </>
      ) : (
        <EditorWaits />
      )}
      <FailureDialog />
      {isDropTarget && (
        <div className="pointer-events-none absolute inset-2 z-30 grid place-items-center rounded-lg border-2 border-dashed border-accent bg-accent-soft font-medium">
          Drop to open a workflow, or to use a picture
        </div>
      )}
    </main>
  );
}
