import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { copyText } from './copy-text.ts';
import { IconButton } from './IconButton.tsx';

/** Puts a text into the clipboard and shows for a moment that it did. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    setCopied(await copyText(text));
  }

  return (
    <IconButton size="sm" label={label} hint={copied ? 'Copied' : label} onClick={() => void copy()}>
      {copied ? <Check className="text-success" /> : <Copy />}
    </IconButton>
  );
}
