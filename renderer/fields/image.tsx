import { ImagePlus } from 'lucide-react';
import { type DragEvent, useEffect, useState } from 'react';
import type { ShownFile } from '../../electron/ipc/contract.ts';
import { isImageFile } from '../../engine/contract/image-file.ts';
import { call, messageOf } from '../api/client.ts';
import { fileName } from '../format.ts';
import { toast } from '../ui/toast.ts';
import type { FieldProps } from './field-props.ts';

/** A picture file: chosen in the system's dialog, or dropped here; the picture itself is the button. */
export function ImageField({ element, title, value, onChange, onDone }: FieldProps<'image'>) {
  const path = isImageFile(value) ? value.path : '';
  const shown = useShownFile(path);
  const file = shown && 'url' in shown ? shown : null;
  const problem = shown && 'problem' in shown ? shown.problem : null;

  function set(chosen: string | null) {
    if (chosen === null) return;
    onChange({ path: chosen });
    onDone();
  }
  function choose() {
    call('image:choose').then(set, (thrown) =>
      toast('error', `${title} could not be chosen`, { detail: messageOf(thrown) }),
    );
  }
  function drop(event: DragEvent) {
    const [dropped] = event.dataTransfer.files;
    const droppedPath = dropped ? window.app.pathOf(dropped) : '';
    if (droppedPath === '') return;
    // The window's own drop, which would open a workflow, leaves it alone then.
    event.preventDefault();
    set(droppedPath);
  }

  return (
    <div className="flex min-w-0 flex-col gap-1 py-1">
      <button
        {...element}
        type="button"
        title={path || undefined}
        onClick={choose}
        onDrop={drop}
        className="grid aspect-4/3 w-full place-items-center overflow-hidden rounded-md border border-line bg-canvas text-faint hover:border-line-strong hover:text-text aria-invalid:border-danger"
      >
        {file ? (
          <img src={file.url} alt={fileName(path)} draggable={false} className="size-full min-h-0 object-contain" />
        ) : (
          <span className="flex flex-col items-center gap-1 p-2 text-xs">
            <ImagePlus className="size-5" aria-hidden />
            {path === '' ? 'Choose or drop' : 'Choose again'}
          </span>
        )}
      </button>
      {path !== '' && (
        <p className="flex justify-between gap-2 text-2xs text-faint">
          <span className="truncate">{fileName(path)}</span>
          {file && <span className="numeric whitespace-nowrap">{`${file.width} × ${file.height}`}</span>}
        </p>
      )}
      {problem !== null && <p className="text-2xs text-danger wrap-anywhere">{problem}</p>}
    </div>
  );
}

/** The file as it can be shown, or why it cannot; null until that is known. */
function useShownFile(path: string): ShownFile | { problem: string } | null {
  const [shown, setShown] = useState<ShownFile | { problem: string } | null>(null);
  useEffect(() => {
    let isCurrent = true;
    setShown(null);
    if (path === '') return;
    call('image:show', { path }).then(
      (file) => isCurrent && setShown(file),
      (thrown) => isCurrent && setShown({ problem: messageOf(thrown) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [path]);
  return shown;
}
