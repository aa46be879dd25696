import { Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import { useState } from 'react';
import { TransformComponent, TransformWrapper, useControls } from 'react-zoom-pan-pinch';
import type { ShownImage } from '../../electron/ipc/contract.ts';
import { formatPercent } from '../format.ts';
import { IconButton } from '../ui/IconButton.tsx';
import { pictureTitle } from './picture-settings.ts';

/** A picture that the wheel zooms and the mouse drags. It opens whole; small ones at twice or more their size, crisp. */
export function ZoomablePicture({ image }: { image: ShownImage }) {
  const [scale, setScale] = useState(1);
  const [broken, setBroken] = useState(false);
  if (broken) {
    return (
      <p className="flex h-full items-center justify-center px-8 text-center text-soft selectable">
        This picture cannot be shown: {image.path} may have been moved or deleted.
      </p>
    );
  }
  return (
    <TransformWrapper
      minScale={0.25}
      maxScale={16}
      centerOnInit
      doubleClick={{ mode: 'toggle', step: 1 }}
      wheel={{ step: 0.1 }}
      onTransform={(_ref, state) => setScale(state.scale)}
    >
      <TransformComponent wrapperClass="!size-full cursor-grab active:cursor-grabbing" contentClass="!size-full">
        <div className="flex size-full items-center justify-center p-12">
          <img
            src={image.url}
            alt={pictureTitle(image)}
            draggable={false}
            className="size-full object-contain"
            style={{
              imageRendering: scale >= 4 ? 'pixelated' : 'auto',
              maxWidth: image.width * 4,
              maxHeight: image.height * 4,
            }}
            onError={() => setBroken(true)}
          />
        </div>
      </TransformComponent>
      <ZoomControls scale={scale} />
    </TransformWrapper>
  );
}

function ZoomControls({ scale }: { scale: number }) {
  const { zoomIn, zoomOut, resetTransform } = useControls();
  return (
    <div className="absolute bottom-4 left-1/2 flex -translate-x-1/2 items-center rounded-lg bg-overlay p-1 shadow-overlay">
      <IconButton label="Zoom out" onClick={() => zoomOut(0.5)}>
        <ZoomOut />
      </IconButton>
      <span className="w-14 text-center text-xs text-soft numeric">{formatPercent(scale)}</span>
      <IconButton label="Zoom in" onClick={() => zoomIn(0.5)}>
        <ZoomIn />
      </IconButton>
      <IconButton label="Fit to the window" onClick={() => resetTransform()}>
        <Maximize />
      </IconButton>
    </div>
  );
}
