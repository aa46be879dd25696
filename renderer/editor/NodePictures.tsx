import { Image } from 'lucide-react';
import type { ShownImage } from '../../electron/ipc/contract.ts';
import { viewPicture } from '../stores/ui.ts';
import { cn } from '../ui/cn.ts';
import { useNodePictures } from './use-node-pictures.ts';

/** As many as are still worth looking at in a card; the viewer has them all. */
const SHOWN = 4;

interface NodePicturesProps {
  nodeId: string;
  /** Whether there is a place for pictures before there are any. */
  hasPlace: boolean;
}

/** What the node made, or the picture on its way there, in a square that is always of one size. */
export function NodePictures({ nodeId, hasPlace }: NodePicturesProps) {
  const { images, isOld, previewUrl } = useNodePictures(nodeId, hasPlace);
  if (!hasPlace && images.length === 0 && previewUrl === null) return null;
  return (
    <div className="px-3 pt-1 pb-1.5">
      {previewUrl !== null ? (
        <div className="node-pictures">
          <img src={previewUrl} alt="Drawn so far" draggable={false} className="size-full object-contain" />
        </div>
      ) : (
        <div className={cn('node-pictures', images.length > 1 && 'grid-cols-2', isOld && 'opacity-40')}>
          {images.length === 0 && <Image className="size-5 place-self-center text-faint" aria-hidden />}
          {images.slice(0, SHOWN).map((image, index) => (
            <PictureButton
              key={image.path}
              image={image}
              label={`Open picture ${index + 1} of ${images.length}`}
              more={index === SHOWN - 1 ? images.length - SHOWN : 0}
            />
          ))}
        </div>
      )}
    </div>
  );
}

/** `more`: how many there are that are not shown. */
function PictureButton({ image, label, more }: { image: ShownImage; label: string; more: number }) {
  return (
    <button
      type="button"
      aria-label={label}
      className="nodrag relative min-h-0 min-w-0 overflow-hidden rounded-sm -outline-offset-2"
      onClick={() => viewPicture(image.path)}
    >
      <img src={image.url} alt="" draggable={false} className="size-full object-contain" />
      {more > 0 && (
        <span className="absolute inset-0 grid place-items-center bg-black/55 text-lg font-medium text-white">
          +{more}
        </span>
      )}
    </button>
  );
}
