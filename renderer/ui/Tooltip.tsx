import { Tooltip as Primitive } from 'radix-ui';
import {
  createContext,
  type FocusEvent,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useState,
} from 'react';

/** Keys that move the focus: what they lead to is explained. */
const MOVES_FOCUS = /^(Tab|Arrow.*|Home|End)$/;

/** Tells whether the focus is where it is because of a key that moved it. */
const FocusByKey = createContext<() => boolean>(() => false);

/**
 * Put once around the window: tooltips that follow one another open without the delay, and none stays for the pointer to
 * reach, where it would be in the way of the next.
 */
export function TooltipProvider({ children }: { children: ReactNode }) {
  const [latest] = useState(() => ({ key: '' }));
  useEffect(() => {
    const remember = (event: Event) => {
      latest.key = event instanceof KeyboardEvent ? event.key : '';
    };
    // A window that is shown again gives the focus back to what had it.
    const events = ['keydown', 'pointerdown', 'blur'] as const;
    for (const name of events) window.addEventListener(name, remember, name !== 'blur');
    return () => {
      for (const name of events) window.removeEventListener(name, remember, name !== 'blur');
    };
  }, [latest]);
  return (
    <FocusByKey value={() => MOVES_FOCUS.test(latest.key)}>
      <Primitive.Provider delayDuration={400} skipDelayDuration={200} disableHoverableContent>
        {children}
      </Primitive.Provider>
    </FocusByKey>
  );
}

interface TooltipProps {
  /** Nothing is shown for null, undefined or an empty text. */
  content: ReactNode;
  side?: 'top' | 'right' | 'bottom' | 'left';
  children: ReactElement;
}

/**
 * Words about one element: on hover, and when the keyboard leads to it. Any other key means that the person is at work, and
 * the words go.
 */
export function Tooltip({ content, side = 'bottom', children }: TooltipProps) {
  const [open, setOpen] = useState(false);
  const isFocusByKey = useContext(FocusByKey);
  useEffect(() => {
    if (!open) return;
    const close = () => setOpen(false);
    window.addEventListener('keydown', close, true);
    return () => window.removeEventListener('keydown', close, true);
  }, [open]);
  if (!content) return children;
  return (
    <Primitive.Root open={open} onOpenChange={setOpen}>
      <Primitive.Trigger
        asChild
        // Focus that comes back, from a dialog or another window, says nothing about what the person looks for.
        onFocus={(event: FocusEvent) => {
          if (!isFocusByKey()) event.preventDefault();
        }}
      >
        {children}
      </Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="fade-in pointer-events-none z-50 max-w-80 rounded-md bg-overlay px-2 py-1 text-xs text-text shadow-overlay wrap-anywhere"
        >
          {content}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
