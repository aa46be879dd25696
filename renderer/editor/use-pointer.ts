import { type RefObject, useEffect, useRef } from 'react';
import type { Point } from '../graph/document.ts';

/** Where the pointer is on the screen while it is over an element; null elsewhere. Nothing is drawn again as it moves. */
export function usePointer(element: RefObject<HTMLElement | null>): RefObject<Point | null> {
  const pointer = useRef<Point | null>(null);
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    function move(event: PointerEvent) {
      pointer.current = { x: event.clientX, y: event.clientY };
    }
    function leave() {
      pointer.current = null;
    }
    target.addEventListener('pointermove', move, { passive: true });
    target.addEventListener('pointerleave', leave);
    return () => {
      target.removeEventListener('pointermove', move);
      target.removeEventListener('pointerleave', leave);
    };
  }, [element]);
  return pointer;
}
