import { call, messageOf } from '../api/client.ts';
import { runCommand } from '../commands.ts';
import { toWorkflow } from '../graph/document.ts';
import { titleOf } from '../graph/values.ts';
import { documentTitle } from '../stores/document.ts';
import { useGraph } from '../stores/graph.ts';
import { describeNode } from '../stores/node-types.ts';
import { checkDocument } from '../stores/problems.ts';
import { noteQueuedRows } from '../stores/row-runs.ts';
import { tableOfNode } from '../table/table-actions.ts';
import { toast } from '../ui/toast.ts';
import { leaveField } from './leave-field.ts';

/** Puts the document as it is now into the queue, unless something in it keeps it from running: then that is shown. */
export async function runDocument(): Promise<void> {
  leaveField();
  const problems = checkDocument();
  const [first] = problems;
  if (first) {
    const node = first.nodeId === null ? undefined : useGraph.getState().nodes[first.nodeId];
    const where = node ? `${titleOf(node, describeNode(node.type))}: ` : '';
    const others = problems.length > 1 ? ` ${problems.length - 1} more marked in the editor.` : '';
    toast('error', 'This cannot run yet', { id: 'run', detail: `${where}${first.message}${others}` });
    if (first.nodeId !== null) await runCommand('show-node', { nodeId: first.nodeId });
    return;
  }
  try {
    const document = useGraph.getState();
    const job = await call('queue:add', { workflow: { ...toWorkflow(document), name: documentTitle() } });
    for (const nodeId of Object.keys(document.nodes)) {
      const table = tableOfNode(nodeId, document.nodes);
      if (table) noteQueuedRows(job.id, nodeId, table.rows);
    }
  } catch (thrown) {
    toast('error', 'The run was not queued', { id: 'run', detail: messageOf(thrown) });
  }
}
