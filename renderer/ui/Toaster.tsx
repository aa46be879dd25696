import { Toaster as Sonner } from 'sonner';

/** Where toasts appear: over the canvas, clear of the side panel's lists and of the status bar. */
export function Toaster({ theme }: { theme: 'dark' | 'light' }) {
  return (
    <Sonner
      theme={theme}
      position="bottom-left"
      offset={{ bottom: 40, left: 64 }}
      visibleToasts={4}
      closeButton
      toastOptions={{
        classNames: {
          toast: '!rounded-lg !border-0 !bg-overlay !text-text !shadow-overlay !font-sans !text-sm !gap-2 selectable',
          description: '!text-soft !text-xs',
          actionButton: '!h-6 !rounded-md !bg-accent !px-2 !text-xs !text-on-accent',
          closeButton: '!border-line-strong !bg-overlay !text-soft',
        },
      }}
    />
  );
}
