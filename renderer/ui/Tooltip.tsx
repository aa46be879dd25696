import { Tooltip as Primitive } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';

/**
 * Put once around the window: tooltips that follow one another open without the delay, and none stays for the pointer to
 * reach, where it would be in the way of the next.
 */
export function TooltipProvider({ children }: { children: ReactNode }) {
  return (
    <Primitive.Provider delayDuration={400} skipDelayDuration={200} disableHoverableContent>
      {children}
    </Primitive.Provider>
  );
}

interface TooltipProps {
  /** Nothing is shown for null, undefined or an empty text. */
  content: ReactNode;
  side?: 'top' | 'right' | 'bottom' | 'left';
  children: ReactElement;
}

/** Words about one element, on hover and on keyboard focus. */
export function Tooltip({ content, side = 'bottom', children }: TooltipProps) {
  if (!content) return children;
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="fade-in z-50 max-w-80 rounded-md bg-overlay px-2 py-1 text-xs text-text shadow-overlay wrap-anywhere"
        >
          {content}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
