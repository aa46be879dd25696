import { memo } from 'react';
import type { ShownImage } from '../../../electron/ipc/contract.ts';
import { viewPicture } from '../../stores/ui.ts';
import { pictureTitle } from '../../viewer/picture-settings.ts';

export const PictureTile = memo(function PictureTile({ image }: { image: ShownImage }) {
  const title = pictureTitle(image);
  return (
    <button
      type="button"
      aria-label={`View ${title}`}
      title={title}
      className="size-full overflow-hidden rounded-md border border-line bg-canvas hover:border-line-strong"
      onClick={() => viewPicture(image.path)}
    >
      <img
        src={image.url}
        alt=""
        className="size-full object-cover"
        loading="lazy"
        decoding="async"
        draggable={false}
      />
    </button>
  );
});
