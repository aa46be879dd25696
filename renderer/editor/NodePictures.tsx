import { Image } from 'lucide-react';
import { useNodeRun } from '../stores/run.ts';
import { viewPicture } from '../stores/ui.ts';
import { cn } from '../ui/cn.ts';

/** As many as are still worth looking at in a card; the viewer has them all. */
const SHOWN = 4;

interface NodePicturesProps {
  nodeId: string;
  /** Whether there is a place for pictures before there are any. */
  reserved: boolean;
}

/** What the node made, or the picture on its way there, in a square that is always of one size. */
export function NodePictures({ nodeId, reserved }: NodePicturesProps) {
  const run = useNodeRun(nodeId);
  const images = run?.images ?? [];
  const previewUrl = run?.previewUrl ?? null;
  if (!reserved && images.length === 0 && previewUrl === null) return null;
  return (
    <div className="px-3 pt-1 pb-1.5">
      <div className={cn('node-pictures', images.length > 1 && 'grid-cols-2')}>
        {images.length === 0 && previewUrl === null && (
          <Image className="size-5 place-self-center text-faint" aria-hidden />
        )}
        {previewUrl !== null && images.length === 0 && (
          <img src={previewUrl} alt="Drawn so far" draggable={false} className="size-full object-contain" />
        )}
        {images.slice(0, SHOWN).map((image, index) => (
          <button
            key={image.path}
            type="button"
            aria-label={`Open picture ${index + 1} of ${images.length}`}
            className="nodrag relative min-h-0 min-w-0 overflow-hidden rounded-sm -outline-offset-2"
            onClick={() => viewPicture(image.path)}
          >
            <img src={image.url} alt="" draggable={false} className="size-full object-contain" />
            {index === SHOWN - 1 && images.length > SHOWN && (
              <span className="absolute inset-0 grid place-items-center bg-black/55 text-lg font-medium text-white">
                +{images.length - SHOWN}
              </span>
            )}
          </button>
        ))}
      </div>
    </div>
  );
}
