import { Cpu } from 'lucide-react';
import { useState } from 'react';
import { installCuda } from '../api/engine-actions.ts';
import { showSidePanel } from '../stores/ui.ts';
import { useUnusedCard } from '../stores/unused-card.ts';
import { Button } from '../ui/Button.tsx';

/** Under the toolbar while there is an NVIDIA card that Headroom could use, until the person says not now. */
export function UnusedCardAlert() {
  const card = useUnusedCard();
  const [dismissed, setDismissed] = useState(false);
  const [installing, setInstalling] = useState(false);
  if (card === null || dismissed) return null;

  async function install() {
    setInstalling(true);
    await installCuda();
    setInstalling(false);
  }

  return (
    <section
      aria-label="Graphics card"
      className="flex shrink-0 items-center gap-3 border-b border-line bg-raised px-3 py-1.5"
    >
      <Cpu className="size-4 shrink-0 text-soft" aria-hidden />
      <p className="min-w-0 flex-1" aria-live="polite">
        <span className="font-medium">The {card} is not used through CUDA yet.</span>{' '}
        <span className="text-soft">
          {installing
            ? 'What it needs is being installed, which takes some minutes. You can go on working.'
            : 'It needs NVIDIA’s CUDA libraries, under NVIDIA’s licences: 1.2 GB to download, 1.7 GB on the disk.'}
        </span>
      </p>
      {installing ? (
        <Button size="sm" onClick={() => showSidePanel('log')}>
          Show log
        </Button>
      ) : (
        <>
          <Button size="sm" onClick={() => setDismissed(true)}>
            Not now
          </Button>
          <Button size="sm" look="primary" onClick={() => void install()}>
            Install
          </Button>
        </>
      )}
    </section>
  );
}
