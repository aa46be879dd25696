import { type PointerEvent, useRef } from 'react';

/** Pixels that the pointer may shake in a click before it is a drag. */
const SHAKE = 3;

interface ScrubOptions {
  pixelsPerStep: number;
  /** Whole steps since the drag began, to be applied to the value that it began with. */
  onScrub: (steps: number) => void;
  onEnd: () => void;
  /** The pointer went down and up in one place. */
  onClick: () => void;
}

/**
 * Dragging sideways over a number changes it, as in Blender and ComfyUI; a click edits it as text. With Shift the drag is ten
 * times finer. A field that has the focus is left alone: there the pointer selects text.
 */
export function useScrub({ pixelsPerStep, onScrub, onEnd, onClick }: ScrubOptions) {
  const drag = useRef<{ x: number; travelled: number; moving: boolean } | null>(null);

  return {
    onPointerDown(event: PointerEvent<HTMLInputElement>) {
      if (event.button !== 0 || document.activeElement === event.currentTarget || event.currentTarget.disabled) return;
      drag.current = { x: event.clientX, travelled: 0, moving: false };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onMouseDown(event: { preventDefault: () => void }) {
      // The focus would come with the press; it is wanted only when the press turns out to be a click.
      if (drag.current) event.preventDefault();
    },
    onPointerMove(event: PointerEvent<HTMLInputElement>) {
      const current = drag.current;
      if (!current) return;
      current.travelled += (event.clientX - current.x) * (event.shiftKey ? 0.1 : 1);
      current.x = event.clientX;
      current.moving ||= Math.abs(current.travelled) >= SHAKE;
      if (current.moving) onScrub(Math.trunc(current.travelled / pixelsPerStep));
    },
    onPointerUp() {
      const current = drag.current;
      drag.current = null;
      if (current) current.moving ? onEnd() : onClick();
    },
    onPointerCancel() {
      if (drag.current?.moving) onEnd();
      drag.current = null;
    },
  };
}
