import { Command } from 'cmdk';
import { Popover } from 'radix-ui';
import type { NodeDescriptor } from '../../engine/contract/node.ts';
import { fitsNewNode } from '../graph/pending.ts';
import { viewOf } from '../graph/view.ts';
import { useEngine } from '../stores/engine.ts';
import { useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { addNodeAt } from './add-node.ts';
import { categoryColour } from './category-colour.ts';
import { type AddMenu, setAddMenu, useInteraction } from './interaction-store.ts';
import { matchScore } from './match-score.ts';

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

function NodeSearch({ menu }: { menu: AddMenu }) {
  const all = useEngine((state) => state.nodes);
  const { pending } = menu;
  const view = viewOf(useGraph.getState());
  const fitting = pending ? all.filter((node) => fitsNewNode(pending, node, view, describeNode)) : all;
  const categories = [...new Set(fitting.map((node) => node.category))];

  function choose(descriptor: NodeDescriptor) {
    setAddMenu(null);
    addNodeAt(descriptor, menu.canvas, pending);
  }

  return (
    <Command label="Add node" loop filter={(value, search, keywords) => matchScore(search, value, keywords ?? [])}>
      <Command.Input
        autoFocus
        placeholder={pending ? 'Search nodes that fit' : 'Search nodes'}
        className="h-10 w-full border-b border-line bg-transparent px-3 text-sm outline-none placeholder:text-faint"
      />
      <Command.List className="max-h-80 overflow-y-auto p-1">
        <Command.Empty className="px-3 py-6 text-center text-soft">
          {pending && fitting.length === 0 ? 'No node fits this connection' : 'No node found'}
        </Command.Empty>
        {categories.map((category) => (
          <Command.Group
            key={category}
            heading={category}
            className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-1.5 [&_[cmdk-group-heading]]:pb-0.5 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
          >
            {fitting
              .filter((node) => node.category === category)
              .map((node) => (
                <NodeChoice key={node.type} node={node} onChoose={() => choose(node)} />
              ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  );
}

function NodeChoice({ node, onChoose }: { node: NodeDescriptor; onChoose: () => void }) {
  return (
    <Command.Item
      value={node.title}
      keywords={[node.category, ...node.keywords, node.type, node.description]}
      onSelect={onChoose}
      className="flex items-start gap-2 rounded-md px-2 py-1.5 data-[selected=true]:bg-pressed"
    >
      <span
        aria-hidden
        className="mt-1.5 size-2 shrink-0 rounded-xs"
        style={{ background: categoryColour(node.category) }}
      />
      <span className="min-w-0">
        <span className="block text-sm">{node.title}</span>
        <span className="line-clamp-2 text-xs text-faint">{node.description}</span>
      </span>
    </Command.Item>
  );
}
