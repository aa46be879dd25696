import { type RefObject, useEffect, useState } from 'react';
import type { Point } from '../graph/document.ts';

/** As long as a tooltip of the toolbar waits. */
const DELAY_MS = 350;

interface Tip extends Point {
  text: string;
}

/**
 * The name and type of the port under the pointer. One tip watches the whole pane: five hundred nodes have thousands of ports,
 * too many for a tooltip each.
 */
export function PortTip({ pane }: { pane: RefObject<HTMLElement | null> }) {
  const [tip, setTip] = useState<Tip | null>(null);

  useEffect(() => {
    const element = pane.current;
    if (!element) return;
    let timer: ReturnType<typeof setTimeout> | undefined;

    function over(event: PointerEvent) {
      clearTimeout(timer);
      const port = event.target instanceof Element ? event.target.closest('[data-port]') : null;
      if (!port || event.buttons !== 0) setTip(null);
      else timer = setTimeout(() => setTip(tipOf(port, element as HTMLElement)), DELAY_MS);
    }
    function hide() {
      clearTimeout(timer);
      setTip(null);
    }

    element.addEventListener('pointerover', over);
    element.addEventListener('pointerdown', hide, { capture: true });
    element.addEventListener('pointerleave', hide);
    element.addEventListener('wheel', hide, { passive: true, capture: true });
    return () => {
      clearTimeout(timer);
      element.removeEventListener('pointerover', over);
      element.removeEventListener('pointerdown', hide, { capture: true });
      element.removeEventListener('pointerleave', hide);
      element.removeEventListener('wheel', hide, { capture: true });
    };
  }, [pane]);

  if (!tip) return null;
  return (
    <p
      role="tooltip"
      className="fade-in pointer-events-none absolute z-20 -translate-x-1/2 rounded-md bg-overlay px-2 py-1 text-xs shadow-overlay"
      style={{ left: tip.x, top: tip.y }}
    >
      {tip.text}
    </p>
  );
}

function tipOf(port: Element, pane: HTMLElement): Tip {
  const at = port.getBoundingClientRect();
  const frame = pane.getBoundingClientRect();
  return {
    text: port.getAttribute('data-port') ?? '',
    x: at.left + at.width / 2 - frame.left,
    y: at.bottom + 8 - frame.top,
  };
}
