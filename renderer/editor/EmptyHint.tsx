import { useGraph } from '../stores/graph.ts';
import { Kbd } from '../ui/Kbd.tsx';

/** On an empty canvas: how to begin. */
export function EmptyHint() {
  const isEmpty = useGraph(({ nodes }) => Object.keys(nodes).length === 0);
  if (!isEmpty) return null;
  return (
    <div className="pointer-events-none absolute inset-0 z-10 grid place-items-center">
      <p className="text-soft">
        Double-click, or press <Kbd>Tab</Kbd>, to add a node. Drop a workflow or one of your pictures here to open it.
      </p>
    </div>
  );
}
