import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import { Toaster as Sonner } from 'sonner';

const icons = {
  success: <CircleCheck className="size-4 text-success" />,
  info: <Info className="size-4 text-accent-text" />,
  warning: <TriangleAlert className="size-4 text-warning" />,
  error: <CircleAlert className="size-4 text-danger" />,
};

/** Where toasts appear: over the canvas, clear of its zoom buttons, of the side panel's lists and of the status bar. */
export function Toaster({ theme }: { theme: 'dark' | 'light' }) {
  return (
    <Sonner
      theme={theme}
      position="bottom-left"
      offset={{ bottom: 88, left: 12 }}
      gap={8}
      expand
      visibleToasts={4}
      closeButton
      icons={icons}
      toastOptions={{
        classNames: {
          toast:
            '!items-start !gap-2 !rounded-lg !border-0 !bg-overlay !p-3 !pr-9 !font-sans !text-sm !text-text !shadow-overlay selectable',
          icon: '!m-0 !mt-0.5 !size-4',
          content: '!gap-0.5',
          title: '!leading-5',
          description: '!text-xs !text-soft wrap-anywhere whitespace-pre-line',
          actionButton: '!h-6 !shrink-0 !self-center !rounded-md !bg-accent !px-2 !text-xs !text-on-accent',
          closeButton:
            '!top-2 !right-2 !left-auto !size-5 !transform-none !rounded !border-0 !bg-transparent !text-faint hover:!bg-hover hover:!text-text',
        },
      }}
    />
  );
}
