import { useEffect, useState } from 'react';
import { openDocument, openPicture } from './open-document.ts';

/** Lets the person drop a workflow, or a picture that holds one, anywhere onto the window. True while one is held over it. */
export function useDocumentDrop(): boolean {
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
      event.preventDefault();
      setOver(false);
      void openFile(file);
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
async function openFile(file: File): Promise<void> {
  const path = window.app.pathOf(file);
  if (path !== '') await openDocument(path);
  else await openPicture(new Uint8Array(await file.arrayBuffer()));
}
