import { ContextMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from './cn.ts';
import { Kbd } from './Kbd.tsx';

export type MenuEntry =
  | {
      kind: 'item';
      label: string;
      icon?: ReactNode;
      shortcut?: string;
      /** Red: what it does cannot be undone. */
      danger?: boolean;
      disabled?: boolean;
      onSelect: () => void;
    }
  | { kind: 'separator' };

export const menuClasses =
  'fade-in z-50 max-h-[70vh] min-w-44 overflow-y-auto rounded-lg bg-overlay p-1 text-sm shadow-overlay outline-none';

/** What is in an open menu. */
export function MenuItems({ entries }: { entries: readonly MenuEntry[] }) {
  return entries.map((entry, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a menu's entries stay where they are while it is open
    <MenuRow key={index} entry={entry} />
  ));
}

function MenuRow({ entry }: { entry: MenuEntry }) {
  switch (entry.kind) {
    case 'separator':
      return <ContextMenu.Separator className="mx-1 my-1 h-px bg-line" />;
    case 'item':
      return (
        <ContextMenu.Item
          disabled={entry.disabled}
          onSelect={entry.onSelect}
          className={cn(
            'flex h-7 items-center gap-2 rounded-md px-2 outline-none data-[disabled]:opacity-45',
            'data-[highlighted]:bg-pressed [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint',
            entry.danger && 'text-danger [&_svg]:text-danger',
          )}
        >
          {entry.icon}
          <span className="min-w-0 flex-1 truncate">{entry.label}</span>
          {entry.shortcut && <Kbd>{entry.shortcut}</Kbd>}
        </ContextMenu.Item>
      );
  }
}
