import { ContextMenu as Primitive } from 'radix-ui';
import type { ReactElement } from 'react';
import { type MenuEntry, MenuItems, menuClasses } from './menu-items.tsx';

interface ContextMenuProps {
  entries: readonly MenuEntry[];
  /** The element on which the right button, or the menu key, opens it. */
  children: ReactElement;
}

export function ContextMenu({ entries, children }: ContextMenuProps) {
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content collisionPadding={8} className={menuClasses}>
          <MenuItems entries={entries} />
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
