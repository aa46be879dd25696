import { create } from 'zustand';
import type { EngineStatus } from '../../electron/ipc/contract.ts';
import type { EngineMemory } from '../../engine/contract/memory.ts';
import type { NodeDescriptor } from '../../engine/contract/node.ts';
import type { LogLine } from '../../engine/contract/protocol.ts';

/** Lines that are kept for the log panel; the oldest go first. */
export const LOG_LIMIT = 5000;

interface EngineState {
  status: EngineStatus;
  /** Every node type; empty until the engine first said hello, and kept when it is restarted. */
  nodes: NodeDescriptor[];
  /** The engine's own account of memory; null while it has none to give. */
  memory: EngineMemory | null;
  log: LogLine[];
}

export const useEngine = create<EngineState>()(() => ({
  status: { state: 'starting', attempt: 1 },
  nodes: [],
  memory: null,
  log: [],
}));

export function setEngineStatus(status: EngineStatus): void {
  // A dead process holds nothing: its last account would be a lie.
  const alive = status.state === 'ready' || status.state === 'busy';
  useEngine.setState((state) => ({ status, memory: alive ? state.memory : null }));
}

export function setNodeDescriptors(nodes: NodeDescriptor[]): void {
  useEngine.setState({ nodes });
}

export function setEngineMemory(memory: EngineMemory): void {
  useEngine.setState({ memory });
}

export function appendLog(lines: readonly LogLine[]): void {
  useEngine.setState(({ log }) => ({ log: [...log, ...lines].slice(-LOG_LIMIT) }));
}

export function clearLog(): void {
  useEngine.setState({ log: [] });
}

/** The descriptor of a node type, or undefined while the engine is starting and for a type that it does not have. */
export function useNodeDescriptor(type: string): NodeDescriptor | undefined {
  return useEngine((state) => state.nodes.find((node) => node.type === type));
}
