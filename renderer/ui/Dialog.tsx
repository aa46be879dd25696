import { X } from 'lucide-react';
import { Dialog as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from './cn.ts';
import { IconButton } from './IconButton.tsx';

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  /** Buttons at the bottom, right-aligned. */
  footer?: ReactNode;
  /** `wide` is for tables. */
  size?: 'normal' | 'wide';
}

const widths = { normal: 'w-[min(520px,92vw)]', wide: 'w-[min(900px,92vw)]' } as const;

/** A modal dialog: focus stays inside, Escape closes it, the page behind is dimmed. */
export function Dialog({ open, onOpenChange, title, children, footer, size = 'normal' }: DialogProps) {
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className="fade-in fixed inset-0 z-40 bg-black/50" />
        <Primitive.Content
          onOpenAutoFocus={focusContent}
          aria-describedby={undefined}
          className={cn(
            'fade-in fixed top-1/2 left-1/2 z-40 flex max-h-[85vh] -translate-x-1/2 -translate-y-1/2 flex-col rounded-xl bg-overlay shadow-overlay outline-none',
            widths[size],
          )}
        >
          <header className="flex items-center gap-4 border-b border-line px-4 py-3">
            <Primitive.Title className="min-w-0 flex-1 text-base font-semibold">{title}</Primitive.Title>
            <Primitive.Close asChild>
              <IconButton label="Close" size="sm">
                <X />
              </IconButton>
            </Primitive.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4">{children}</div>
          {footer && <footer className="flex justify-end gap-2 border-t border-line px-4 py-3">{footer}</footer>}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

/** The dialog itself, not its first button: that would show its tooltip, and Enter would press it. */
export function focusContent(event: Event): void {
  event.preventDefault();
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
}
