import { Command } from 'cmdk';
import { useState } from 'react';
import type { NodeDescriptor } from '../../engine/contract/node.ts';
import { fitsNewNode } from '../graph/pending.ts';
import { viewOf } from '../graph/view.ts';
import { useEngine } from '../stores/engine.ts';
import { useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { addNodeAt } from './add-node.ts';
import { categoryColour } from './category-colour.ts';
import { type AddMenu, setAddMenu } from './interaction-store.ts';
import { searchNodes } from './search-nodes.ts';

/** All node types by category, or those that a search finds, the best first; below them what the chosen one does. */
export function NodeSearch({ menu }: { menu: AddMenu }) {
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState('');
  const all = useEngine((state) => state.nodes);
  const { pending } = menu;
  const view = viewOf(useGraph.getState());
  const fitting = pending ? all.filter((node) => fitsNewNode(pending, node, view, describeNode)) : all;
  const isSearching = search.trim() !== '';
  const description = fitting.find(({ type }) => type === chosen)?.description;

  function choose(descriptor: NodeDescriptor) {
    setAddMenu(null);
    addNodeAt(descriptor, menu.canvas, pending);
  }
  const choice = (node: NodeDescriptor) => <NodeChoice key={node.type} node={node} onChoose={() => choose(node)} />;

  return (
    // cmdk's own order keeps categories together, so that the best node would not be the first.
    <Command label="Add node" loop shouldFilter={false} value={chosen} onValueChange={setChosen}>
      <Command.Input
        autoFocus
        value={search}
        onValueChange={setSearch}
        placeholder={pending ? 'Search nodes that fit' : 'Search nodes'}
        className="h-10 w-full border-b border-line bg-transparent px-3 text-sm outline-none placeholder:text-faint"
      />
      <Command.List className="max-h-[min(640px,calc(100vh-152px))] overflow-y-auto p-1">
        <Command.Empty className="px-3 py-6 text-center text-soft">
          {fitting.length === 0 ? 'No node fits this connection' : 'No node found'}
        </Command.Empty>
        {isSearching
          ? searchNodes(fitting, search).map(choice)
          : [...new Set(fitting.map((node) => node.category))].map((category) => (
              <Command.Group
                key={category}
                heading={<span className="px-2 text-2xs font-medium text-faint">{category}</span>}
                className="not-first:pt-1"
              >
                {fitting.filter((node) => node.category === category).map(choice)}
              </Command.Group>
            ))}
      </Command.List>
      {/* Always as tall as the longest, so that the list keeps its place. */}
      <p aria-hidden className="h-20 overflow-hidden border-t border-line px-3 py-2 text-xs text-soft">
        {description}
      </p>
    </Command>
  );
}

function NodeChoice({ node, onChoose }: { node: NodeDescriptor; onChoose: () => void }) {
  return (
    <Command.Item
      value={node.type}
      onSelect={onChoose}
      className="flex h-6.5 items-center gap-2 rounded-md px-2 data-[selected=true]:bg-pressed"
    >
      <span aria-hidden className="size-2 shrink-0 rounded-xs" style={{ background: categoryColour(node.category) }} />
      <span className="min-w-0 truncate text-sm">{node.title}</span>
      <span className="sr-only">{node.description}</span>
    </Command.Item>
  );
}
