import { toast as sonner } from 'sonner';

type Tone = 'success' | 'info' | 'warning' | 'error';

interface ToastOptions {
  /** A second line under the first. */
  detail?: string;
  /** A toast of the same id takes the place of the one before it. */
  id?: string;
  action?: { label: string; run: () => void };
}

/** A short word to the person that goes away by itself. What failed stays longer than what went well. */
export function toast(tone: Tone, message: string, { detail, id, action }: ToastOptions = {}): void {
  sonner[tone](message, {
    id,
    description: detail,
    duration: tone === 'success' || tone === 'info' ? 4000 : 10_000,
    action: action && { label: action.label, onClick: action.run },
  });
}

export function dismissToast(id: string): void {
  sonner.dismiss(id);
}
