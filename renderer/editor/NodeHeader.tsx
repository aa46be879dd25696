import { NodeEstimate } from '../estimates/NodeEstimate.tsx';
import { renameNode } from '../graph/edits.ts';
import { edit, useGraph } from '../stores/graph.ts';
import { setRenaming, useInteraction } from './interaction-store.ts';
import { NodeProgress } from './NodeProgress.tsx';
import { NodeRecoveries } from './NodeRecoveries.tsx';
import { NodeState } from './NodeState.tsx';

interface NodeHeaderProps {
  nodeId: string;
  /** The type's title, shown while the person has given no name. */
  title: string;
  hint: string | undefined;
}

/** A node's name, which a double click lets the person change, and what the run does there. */
export function NodeHeader({ nodeId, title, hint }: NodeHeaderProps) {
  const own = useGraph(({ nodes }) => nodes[nodeId]?.title);
  const renaming = useInteraction((state) => state.renaming === nodeId);
  return (
    <header className="node-header">
      <span aria-hidden className="size-2 shrink-0 rounded-xs bg-(--category)" />
      {renaming ? (
        <TitleInput nodeId={nodeId} own={own ?? ''} placeholder={title} />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: F2 and the context menu do the same
        <span
          className="max-w-7/10 shrink-0 truncate font-medium"
          title={own === undefined ? hint : `${title}: ${hint ?? ''}`}
          onDoubleClick={() => setRenaming(nodeId)}
        >
          {own ?? title}
        </span>
      )}
      <span className="ml-auto flex min-w-0 items-center gap-2">
        <NodeEstimate nodeId={nodeId} />
        <NodeRecoveries nodeId={nodeId} />
        <NodeState nodeId={nodeId} />
      </span>
      <NodeProgress nodeId={nodeId} />
    </header>
  );
}

function TitleInput({ nodeId, own, placeholder }: { nodeId: string; own: string; placeholder: string }) {
  function finish(title: string) {
    setRenaming(null);
    if (title !== own) edit((draft) => renameNode(draft, nodeId, title));
  }
  return (
    <input
      // biome-ignore lint/a11y/noAutofocus: the person has just asked to type here
      autoFocus
      aria-label="Node name"
      defaultValue={own}
      placeholder={placeholder}
      maxLength={200}
      spellCheck={false}
      className="nodrag -mx-1 min-w-0 flex-1 rounded bg-field px-1 font-medium outline-1 outline-focus placeholder:text-faint"
      onFocus={(event) => event.target.select()}
      onBlur={(event) => finish(event.target.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') {
          event.currentTarget.value = own;
          event.currentTarget.blur();
        }
      }}
    />
  );
}
