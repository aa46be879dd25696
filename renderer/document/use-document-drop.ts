import { useEffect, useRef, useState } from 'react';
import { imageHeader } from '../../engine/contract/image-header.ts';
import { readPngText, WORKFLOW_KEYWORD } from '../../engine/contract/png-metadata.ts';
import type { Point } from '../graph/document.ts';
import { openDocument, openPicture } from './open-document.ts';

/** Puts a picture without a workflow to use. @param at where it was dropped, on the screen */
export type OnPicture = (path: string, at: Point) => void;

/**
 * Lets the person drop a workflow, or a picture that holds one, anywhere onto the window; any other picture is for
 * `onPicture`. True while something is held over the window.
 */
export function useDocumentDrop(onPicture: OnPicture): boolean {
  const latest = useRef(onPicture);
  latest.current = onPicture;
  const [isOver, setOver] = useState(false);

  useEffect(() => {
    function over(event: DragEvent) {
      if (!event.dataTransfer?.types.includes('Files')) return;
      // Without this the page would be left for the file.
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setOver(true);
    }
    function leave(event: DragEvent) {
      // Leaving one element for another inside the window has a target to go to.
      if (event.relatedTarget === null) setOver(false);
    }
    function drop(event: DragEvent) {
      const [file] = event.dataTransfer?.files ?? [];
      if (!file) return;
      setOver(false);
      // A field has taken it.
      if (event.defaultPrevented) return;
      event.preventDefault();
      void openFile(file, (path) => latest.current(path, { x: event.clientX, y: event.clientY }));
    }
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);

  return isOver;
}

/** A file by its path, so that saving goes back to it; a picture that is in no file, such as one out of a browser, by its bytes. */
async function openFile(file: File, onPictureFile: (path: string) => void): Promise<void> {
  const path = window.app.pathOf(file);
  if (path === '') return await openPicture(new Uint8Array(await file.arrayBuffer()));
  if (await isPlainPicture(file)) onPictureFile(path);
  else await openDocument(path);
}

/** Whether a file is a picture that holds no workflow. What cannot be read is for main to tell of. */
async function isPlainPicture(file: File): Promise<boolean> {
  const bytes = new Uint8Array(await file.arrayBuffer().catch(() => new ArrayBuffer(0)));
  return imageHeader(bytes) !== null && !readPngText(bytes)?.has(WORKFLOW_KEYWORD);
}
