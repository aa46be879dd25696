import type { InputDescriptor, NodeDescriptor } from '../../engine/contract/node.ts';

/** Every node is this wide, in the canvas's pixels: ports line up and a layout can be made before anything is drawn. */
export const NODE_WIDTH = 300;

/** Positions snap to this grid while a person drags, in the canvas's pixels. */
export const GRID = 10;

const HEADER = 40;
const ROW = 32;
const TEXT_AREA = 88;
const MORE = 28;

/** About how tall a node will be drawn, in pixels: enough for a layout in which nothing overlaps. */
export function estimatedHeight(descriptor: NodeDescriptor | undefined): number {
  if (!descriptor) return HEADER + 2 * ROW;
  const rows = descriptor.inputs.filter((input) => !input.advanced).reduce((sum, input) => sum + rowHeight(input), 0);
  const outputs = descriptor.outputs.length * ROW;
  const more = descriptor.inputs.some((input) => input.advanced) ? MORE : 0;
  return HEADER + rows + outputs + more + (descriptor.showsImages ? NODE_WIDTH : 0);
}

function rowHeight({ field }: InputDescriptor): number {
  return field?.kind === 'text' && field.multiline ? TEXT_AREA : ROW;
}
