import type { ContextMenu, DropdownMenu } from 'radix-ui';
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
      /** Marked as the one that is chosen. */
      checked?: boolean;
      disabled?: boolean;
      onSelect: () => void;
    }
  | { kind: 'separator' }
  | { kind: 'label'; label: string };

export const menuClasses =
  'fade-in z-50 max-h-[70vh] min-w-44 overflow-y-auto rounded-lg bg-overlay p-1 text-sm shadow-overlay outline-none';

type Primitive = typeof DropdownMenu | typeof ContextMenu;

/** The same entries for both kinds of menu. */
export function MenuItems({ entries, primitive }: { entries: readonly MenuEntry[]; primitive: Primitive }) {
  return entries.map((entry, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a menu's entries stay where they are while it is open
    <MenuRow key={index} entry={entry} primitive={primitive} />
  ));
}

function MenuRow({ entry, primitive }: { entry: MenuEntry; primitive: Primitive }) {
  switch (entry.kind) {
    case 'separator':
      return <primitive.Separator className="mx-1 my-1 h-px bg-line" />;
    case 'label':
      return <primitive.Label className="px-2 py-1 text-2xs font-medium text-faint">{entry.label}</primitive.Label>;
    case 'item':
      return (
        <primitive.Item
          disabled={entry.disabled}
          onSelect={entry.onSelect}
          aria-current={entry.checked || undefined}
          className={cn(
            'flex h-7 items-center gap-2 rounded-md px-2 outline-none data-[disabled]:opacity-45',
            'data-[highlighted]:bg-pressed [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint',
            entry.danger && 'text-danger [&_svg]:text-danger',
          )}
        >
          {entry.icon}
          <span className="min-w-0 flex-1 truncate">{entry.label}</span>
          {entry.checked && <span className="size-1.5 rounded-full bg-accent-text" />}
          {entry.shortcut && <Kbd>{entry.shortcut}</Kbd>}
        </primitive.Item>
      );
  }
}
