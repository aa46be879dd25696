import { Popover } from 'radix-ui';
import { setAddMenu, useInteraction } from './interaction-store.ts';
import { NodeSearch } from './NodeSearch.tsx';

/** Search for a node type and add one, where the menu was called for. */
export function AddNodeMenu() {
  const menu = useInteraction((state) => state.addMenu);
  return (
    <Popover.Root open={menu !== null} onOpenChange={(open) => !open && setAddMenu(null)}>
      <Popover.Anchor asChild>
        <span className="pointer-events-none fixed" style={{ left: menu?.screen.x, top: menu?.screen.y }} />
      </Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          // Beside the place, not below it: there it may move up until all of it is in the window.
          side="right"
          align="start"
          sideOffset={0}
          collisionPadding={12}
          aria-label="Add node"
          className="fade-in z-40 w-80 overflow-hidden rounded-xl bg-overlay shadow-overlay outline-none"
          // The canvas has the focus again, not the button that may have opened the menu: the next key is for the canvas.
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          {menu && <NodeSearch menu={menu} />}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
