import type { DescriptorLookup } from '../../engine/contract/connection.ts';
import { useEngine } from './engine.ts';

/** The descriptor of a node type, as far as the engine has told it. Outside of components; inside, `useNodeDescriptor`. */
export const describeNode: DescriptorLookup = (type) => useEngine.getState().nodes.find((node) => node.type === type);
