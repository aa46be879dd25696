import { Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import { useRef, useState } from 'react';
import { TransformComponent, TransformWrapper, useControls } from 'react-zoom-pan-pinch';
import type { ShownImage } from '../../electron/ipc/contract.ts';
import { formatPercent } from '../format.ts';
import { Button } from '../ui/Button.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { Tooltip } from '../ui/Tooltip.tsx';
import { useElementSize } from '../ui/use-element-size.ts';
import { fitScale } from './fit-scale.ts';
import { pictureTitle } from './picture-settings.ts';

const MAX_SCALE = 16;

/** A picture that opens whole; the wheel zooms it and the mouse drags it. */
export function ZoomablePicture({ image }: { image: ShownImage }) {
  const frame = useRef<HTMLDivElement>(null);
  const { width, height } = useElementSize(frame);
  const [zoom, setZoom] = useState(1);
  const [broken, setBroken] = useState(false);
  const fit = fitScale(image, { width, height });
  return (
    <div ref={frame} className="size-full">
      {broken ? (
        <p className="flex h-full items-center justify-center px-8 text-center text-soft selectable">
          This picture cannot be shown: {image.path} may have been moved or deleted.
        </p>
      ) : (
        fit > 0 && (
          <TransformWrapper
            minScale={0.25}
            maxScale={Math.max(4, MAX_SCALE / fit)}
            centerOnInit
            doubleClick={{ mode: 'toggle', step: 1 }}
            // For each pixel of the wheel: a notch is about a third of the picture's size.
            wheel={{ step: 0.003 }}
            onTransform={(_ref, { scale }) => setZoom(scale)}
          >
            <TransformComponent wrapperClass="!size-full cursor-grab active:cursor-grabbing" contentClass="!size-full">
              <div className="flex size-full items-center justify-center">
                <img
                  src={image.url}
                  alt={pictureTitle(image)}
                  width={image.width * fit}
                  height={image.height * fit}
                  draggable={false}
                  // From here on single pixels are what the person looks for.
                  className={zoom * fit >= 4 ? 'max-w-none [image-rendering:pixelated]' : 'max-w-none'}
                  onError={() => setBroken(true)}
                />
              </div>
            </TransformComponent>
            <ZoomControls zoom={zoom} fit={fit} />
          </TransformWrapper>
        )
      )}
    </div>
  );
}

function ZoomControls({ zoom, fit }: { zoom: number; fit: number }) {
  const { zoomIn, zoomOut, resetTransform, centerView } = useControls();
  return (
    <div className="absolute bottom-4 left-1/2 flex -translate-x-1/2 items-center rounded-lg bg-overlay p-1 shadow-overlay">
      <IconButton label="Zoom out" onClick={() => zoomOut(0.5)}>
        <ZoomOut />
      </IconButton>
      <Tooltip content="Show at its own size" side="top">
        <Button
          look="quiet"
          aria-label={`Zoom is ${formatPercent(zoom * fit)}; show at its own size`}
          className="w-16 text-xs numeric"
          onClick={() => centerView(1 / fit)}
        >
          {formatPercent(zoom * fit)}
        </Button>
      </Tooltip>
      <IconButton label="Zoom in" onClick={() => zoomIn(0.5)}>
        <ZoomIn />
      </IconButton>
      <IconButton label="Fit to the window" onClick={() => resetTransform()}>
        <Maximize />
      </IconButton>
    </div>
  );
}
