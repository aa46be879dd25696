import { toast } from './toast.ts';

/** Puts a text into the clipboard. Answers whether that worked; where it did not, the person is told. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toast('error', 'The system does not let Headroom use the clipboard', { id: 'clipboard' });
    return false;
  }
}
