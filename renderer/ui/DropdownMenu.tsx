import { DropdownMenu as Primitive } from 'radix-ui';
import type { ReactElement } from 'react';
import { type MenuEntry, MenuItems, menuClasses } from './menu-items.tsx';

interface DropdownMenuProps {
  entries: readonly MenuEntry[];
  align?: 'start' | 'center' | 'end';
  /** The button that opens it. */
  children: ReactElement;
}

export function DropdownMenu({ entries, align = 'start', children }: DropdownMenuProps) {
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content align={align} sideOffset={4} collisionPadding={8} className={menuClasses}>
          <MenuItems entries={entries} primitive={Primitive} />
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
