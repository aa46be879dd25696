import { ChevronLeft, ChevronRight, X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useMemo } from 'react';
import { picturesOf, useQueue } from '../stores/queue.ts';
import { useUi, viewPicture } from '../stores/ui.ts';
import { focusContent } from '../ui/Dialog.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { PictureDetails } from './PictureDetails.tsx';
import { pictureTitle } from './picture-settings.ts';
import { ZoomablePicture } from './ZoomablePicture.tsx';

/** One picture over the whole window. Left and right arrows walk through the session's pictures, Escape closes. */
export function PictureViewer() {
  const path = useUi((state) => state.viewedPicture);
  const jobs = useQueue((state) => state.jobs);
  const pictures = useMemo(() => picturesOf(jobs).map(({ image }) => image), [jobs]);
  const index = path === null ? -1 : pictures.findIndex((image) => image.path === path);
  const image = pictures[index];

  function step(distance: number) {
    const next = pictures[index + distance];
    if (next) viewPicture(next.path);
  }

  return (
    <Dialog.Root open={image !== undefined} onOpenChange={(open) => !open && viewPicture(null)}>
      <Dialog.Portal>
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={focusContent}
          className="fade-in fixed inset-0 z-30 flex bg-canvas outline-none"
          onKeyDown={(event) => {
            if (event.key === 'ArrowLeft') step(-1);
            if (event.key === 'ArrowRight') step(1);
          }}
        >
          {image && (
            <>
              <div className="relative min-w-0 flex-1">
                <Dialog.Title className="sr-only">{pictureTitle(image)}</Dialog.Title>
                <ZoomablePicture key={image.path} image={image} />
                <Step side="left" blocked={index === 0} onClick={() => step(-1)} />
                <Step side="right" blocked={index === pictures.length - 1} onClick={() => step(1)} />
                <p className="absolute top-3 left-3 rounded-md bg-overlay px-2 py-1 text-xs text-soft shadow-overlay numeric">
                  {index + 1} of {pictures.length}
                </p>
              </div>
              <aside
                aria-label="About this picture"
                className="flex w-80 shrink-0 flex-col border-l border-line bg-surface"
              >
                <header className="flex h-11 shrink-0 items-center justify-between border-b border-line pr-2 pl-4">
                  <h2 className="font-medium">Picture</h2>
                  <Dialog.Close asChild>
                    <IconButton label="Close">
                      <X />
                    </IconButton>
                  </Dialog.Close>
                </header>
                <PictureDetails image={image} />
              </aside>
            </>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Step({ side, blocked, onClick }: { side: 'left' | 'right'; blocked: boolean; onClick: () => void }) {
  if (blocked) return null;
  return (
    <div className={`absolute top-1/2 -translate-y-1/2 ${side === 'left' ? 'left-3' : 'right-3'}`}>
      <IconButton
        look="plain"
        size="lg"
        label={side === 'left' ? 'Previous picture' : 'Next picture'}
        onClick={onClick}
      >
        {side === 'left' ? <ChevronLeft /> : <ChevronRight />}
      </IconButton>
    </div>
  );
}
