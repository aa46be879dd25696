import type { InputDescriptor } from '../../engine/contract/node.ts';
import { fieldProblem } from '../../engine/contract/ports.ts';
import type { TableCell, TableColumn } from '../../engine/contract/table.ts';
import type { GraphDocument } from '../graph/document.ts';
import { fieldValue } from '../graph/values.ts';
import { describeNode } from '../stores/node-types.ts';

/** A column as the grid shows it. */
export interface GridColumn extends TableColumn {
  /** Whether its cells go anywhere. */
  isConnected: boolean;
  /** What an empty cell comes to: the own value of what it is connected to. */
  fallback: string;
  /** Why a cell does not suit what it is connected to, in words that follow "must be", or null where it does. */
  problem(cell: TableCell): string | null;
}

/** The columns of a node's table, with what they are connected to. */
export function gridColumns(nodeId: string, columns: readonly TableColumn[], document: GraphDocument): GridColumn[] {
  return columns.map((column) => {
    const targets = document.edges.flatMap(({ from, to }) => {
      const node = document.nodes[to.node];
      const isHere = from.node === nodeId && from.port === column.name;
      const input = isHere && node ? describeNode(node.type)?.inputs.find(({ name }) => name === to.port) : undefined;
      return node && input ? [{ node, input }] : [];
    });
    const [first] = targets;
    return {
      ...column,
      isConnected: targets.length > 0,
      fallback: first ? valueWords(first.input, fieldValue(first.node, first.input)) : '',
      problem: (cell) => {
        for (const { input } of targets) {
          const problem = input.field ? fieldProblem(input.field, cell) : null;
          if (problem !== null) return problem;
        }
        return null;
      },
    };
  });
}

function valueWords({ field }: InputDescriptor, value: unknown): string {
  if (field?.kind === 'seed' && value === -1) return 'random';
  if ((field?.kind === 'integer' || field?.kind === 'float') && value === field.auto?.value) return 'auto';
  return typeof value === 'object' ? '' : String(value ?? '');
}

/** Widths as CSS grid tracks: the row's number, the cells, how it went, how long, how much memory, its pictures. */
export function gridTracks(columns: readonly TableColumn[]): string {
  const widths = columns.map(({ name, title, type }) => {
    if (name === 'prompt') return 'minmax(200px, 4fr)';
    if (type === 'text') return 'minmax(110px, 1fr)';
    if (name === 'seed') return '88px';
    return title.length > 7 ? '76px' : '64px';
  });
  return ['52px', ...widths, '68px', '72px', '76px'].join(' ');
}
